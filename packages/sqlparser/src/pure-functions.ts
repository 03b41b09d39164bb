/**
 * Built-in functions whose value depends on their arguments, the row, and the session settings that all shards have
 * alike. Everything else may be a stored function, or must run once.
 */
export const pureFunctions: ReadonlySet<string> = new Set(
  `abs acos add_months adddate addtime aes_decrypt aes_encrypt ascii asin atan atan2 bin bin_to_uuid bit_count
  bit_length ceil ceiling char_length character_length charset chr coalesce coercibility collation compress concat
  concat_ws conv convert_tz cos cot crc32 crc32c curdate current_date current_time current_timestamp curtime database
  date date_add date_format date_sub datediff day dayname dayofmonth dayofweek dayofyear decode decode_oracle degrees
  elt encode exp export_set extractvalue field find_in_set floor format format_bytes from_base64 from_days
  from_unixtime get_format greatest hex hour if ifnull in inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr
  interval is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid isnull json_array json_array_append
  json_array_insert json_compact json_contains json_contains_path json_depth json_detailed json_equals json_exists
  json_extract json_insert json_keys json_length json_loose json_merge json_merge_patch json_merge_preserve
  json_normalize json_object json_overlaps json_pretty json_query json_quote json_remove json_replace json_schema_valid
  json_search json_set json_storage_size json_type json_unquote json_valid json_value last_day lcase least left length
  lengthb ln localtime localtimestamp locate log log10 log2 lower lpad ltrim makedate maketime make_set md5 microsecond
  mid minute mod month monthname months_between natural_sort_key now nullif nvl nvl2 oct octet_length ord period_add
  period_diff pi point position pow power quarter quote radians regexp_instr regexp_like regexp_replace regexp_substr
  repeat replace reverse right round rpad rtrim schema sec_to_time second sha sha1 sha2 sign sin soundex space sqrt
  st_area st_asgeojson st_asbinary st_astext st_aswkb st_aswkt st_buffer st_centroid st_contains st_crosses st_difference
  st_dimension st_disjoint st_distance st_distance_sphere st_envelope st_equals st_exteriorring st_geometryn
  st_geometrytype st_geomfromtext st_geomfromwkb st_geomfromgeojson st_interiorringn st_intersection st_intersects
  st_isclosed st_isempty st_issimple st_isvalid st_latitude st_length st_longitude st_numgeometries st_overlaps
  st_pointfromtext st_pointn st_srid st_startpoint st_symdifference st_touches st_union st_within st_x st_y str_to_date
  strcmp subdate substr substring substring_index subtime tan time time_format time_to_sec timediff timestamp
  timestampadd timestampdiff to_base64 to_char to_days to_seconds trim truncate ucase uncompress uncompressed_length
  unhex unix_timestamp updatexml upper utc_date utc_time utc_timestamp uuid_to_bin value values version week weekday
  weekofyear weight_string year yearweek mbrcontains mbrequal mbrintersects mbrwithin geometrycollection linestring
  multilinestring multipoint multipolygon polygon user current_user session_user system_user sounds_like
  sformat to_vector from_vector vector_dim`
    .split(/\s+/)
    .filter((name) => name !== ''),
);
