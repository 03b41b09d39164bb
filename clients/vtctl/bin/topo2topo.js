#!/usr/bin/env node
require('../dist/topo2topo-main.js');
