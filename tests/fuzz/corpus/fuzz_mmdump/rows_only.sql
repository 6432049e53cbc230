--
-- PostgreSQL database dump
--

-- Dumped from database version 15.1
-- Dumped by pg_dump version 15.2

SET client_encoding = 'UTF8';
SET search_path = chat, pg_catalog;
COPY chat.channels (id, createat, deleteat, teamid, type, displayname, name) FROM stdin;
c1	1	0	t1	O	Town	town
c2	1	0		D		u1__u2
\.
COPY chat.posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid, message, type, props, fileids) FROM stdin;
p1	1700000000000	2	0	u1	c1			hello\nworld		{}	[]
p3	1700000000001	2	0	u1	c1	p1		**b** :x:	\N	{"from_bot": true}	["f1"]
p2	1700000000000	2	3	u1	c1		p1	hallo		{}	[]
short	row
\\.
\.

--
-- PostgreSQL database dump complete
--

