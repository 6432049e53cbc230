--
-- PostgreSQL database dump
--

-- Dumped from database version 15.1
-- Dumped by pg_dump version 15.2

SET client_encoding = 'UTF8';
CREATE TABLE public.channels (
    id character varying(26) NOT NULL,
    createat bigint,
    deleteat bigint,
    teamid text,
    type public.channel_type,
    displayname text,
    name text
);
CREATE TABLE public.posts (
    id character varying(26) NOT NULL,
    createat bigint DEFAULT 0 NOT NULL,
    updateat bigint,
    deleteat bigint,
    userid text,
    channelid text,
    rootid text,
    originalid text,
    message character varying(65535),
    type text,
    props jsonb,
    fileids text
);
ALTER TABLE ONLY public.posts
    ADD CONSTRAINT posts_pkey PRIMARY KEY (id);
COPY public.channels (id, createat, deleteat, teamid, type, displayname, name) FROM stdin;
c1	1	0	t1	O	Town	town
c2	1	0		D		u1__u2
\.
COPY public.posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid, message, type, props, fileids) FROM stdin;
p1	1700000000000	2	0	u1	c1			hello\nworld		{}	[]
p3	1700000000001	2	0	u1	c1	p1		**b** :x:	\N	{"from_bot": 