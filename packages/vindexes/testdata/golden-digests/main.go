// Prints the SHA-256 of the keyspace ids of 10,000 values for each functional vindex, with Go's own hashes: the answers
// that golden-digests.test.ts compares with. Run `go run .` here to make golden-digests.json anew.
package main

import (
	"bytes"
	"crypto/des"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/bits"
	"os"
	"strconv"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

const values = 10000

func mix(i uint64) uint64 {
	z := i*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Every third number is small.
func number(i uint64) uint64 {
	if i%3 == 0 {
		return i / 3
	}
	return mix(i)
}

var letters = []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.'äöüÄÖÜßéÉèñÑçøØåÅæčŠžłđйЖяαΩς日本語한국ไทยאب")

func text(i uint64) []byte {
	var b bytes.Buffer
	for c := uint64(0); c < mix(i)%20; c++ {
		b.WriteRune(letters[mix(i*31+c)%uint64(len(letters))])
	}
	return b.Bytes()
}

func bigEndian(n uint64) []byte {
	b := make([]byte, 8)
	binary.BigEndian.PutUint64(b, n)
	return b
}

func xxh(b []byte) []byte {
	out := make([]byte, 8)
	binary.LittleEndian.PutUint64(out, xxhash.Sum64(b))
	return out
}

func md5sum(b []byte) []byte {
	sum := md5.Sum(b)
	return sum[:]
}

func main() {
	block, err := des.NewCipher(make([]byte, 8))
	if err != nil {
		panic(err)
	}
	hash := func(n uint64) []byte {
		out := make([]byte, 8)
		block.Encrypt(out, bigEndian(n))
		return out
	}
	collator := collate.New(language.English, collate.Loose)
	loose := func(b []byte) []byte {
		var buf collate.Buffer
		return append([]byte(nil), collator.Key(&buf, bytes.TrimRight(b, " "))...)
	}
	cut := func(sum, part []byte) []byte {
		if len(part) < len(sum) {
			return sum[:len(part)]
		}
		return sum
	}
	static := func(n uint64) []byte {
		if n < 100 {
			return bigEndian(n * 1000003)
		}
		return hash(n)
	}
	key := func(i uint64) []byte { return []byte(hex.EncodeToString(bigEndian(mix(i)))) }
	ids := map[string]func(i uint64) []byte{
		"hash":                 func(i uint64) []byte { return hash(number(i)) },
		"numeric":              func(i uint64) []byte { return bigEndian(number(i)) },
		"numeric_static_map":   func(i uint64) []byte { return static(number(i)) },
		"reverse_bits":         func(i uint64) []byte { return bigEndian(bits.Reverse64(number(i))) },
		"binary":               text,
		"binary_md5":           func(i uint64) []byte { return md5sum(text(i)) },
		"xxhash":               func(i uint64) []byte { return xxh(text(i)) },
		"xxhash of numbers":    func(i uint64) []byte { return xxh([]byte(strconv.FormatUint(number(i), 10))) },
		"unicode_loose_md5":    func(i uint64) []byte { return md5sum(loose(text(i))) },
		"unicode_loose_xxhash": func(i uint64) []byte { return xxh(loose(text(i))) },
		"null":                 func(i uint64) []byte { return []byte{0} },
		"region_experimental": func(i uint64) []byte {
			return append([]byte{byte(number(i) >> 8), byte(number(i))}, hash(number(i+1))...)
		},
		"region_json": func(i uint64) []byte { return append([]byte{byte(i%4 + 1)}, hash(number(i))...) },
		"multicol": func(i uint64) []byte {
			return append(append(hash(number(i))[:1:1], xxh(text(i))[:2]...), hash(number(i + 1))[:5]...)
		},
		"cfc": func(i uint64) []byte {
			k := key(i)
			return append(append(cut(md5sum(k[:3]), k[:3]), cut(md5sum(k[3:5]), k[3:5])...), cut(md5sum(k[5:]), k[5:])...)
		},
	}
	answers := map[string]string{}
	for name, id := range ids {
		sum := sha256.New()
		for i := uint64(0); i < values; i++ {
			b := id(i)
			sum.Write([]byte{byte(len(b))})
			sum.Write(b)
		}
		answers[name] = hex.EncodeToString(sum.Sum(nil))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(answers); err != nil {
		panic(err)
	}
}
