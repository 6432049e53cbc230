/* dump_text.h: dumps for tests, written as pg_dump writes them. */
#ifndef HF_TESTS_DUMP_TEXT_H
#define HF_TESTS_DUMP_TEXT_H

#define DUMP_HEAD                                                                                \
    "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.1\n-- Dumped by " \
    "pg_dump version 15.2\n\nSET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSET "    \
    "standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\n"

#define DUMP_TAIL "\n--\n-- PostgreSQL database dump complete\n--\n\n"

#define CREATE_CHANNELS(schema)                                                                 \
    "CREATE TABLE " schema ".channels (\n    id character varying(26) NOT NULL,\n    createat " \
    "bigint,\n    deleteat bigint,\n    teamid character varying(26),\n    type " schema        \
    ".channel_type,\n    displayname character varying(64),\n    name character "               \
    "varying(64)\n);\n\n"

#define CREATE_POSTS(schema)                                                                   \
    "CREATE TABLE " schema ".posts (\n    id character varying(26) NOT NULL,\n    createat "   \
    "bigint,\n    updateat bigint,\n    deleteat bigint,\n    userid character varying(26),\n" \
    "    channelid character varying(26),\n    rootid character varying(26),\n    originalid " \
    "character varying(26),\n    message character varying(65535),\n    type character "       \
    "varying(26),\n    props jsonb\n);\n\n"

#define COPY_CHANNELS(schema)                                                                  \
    "COPY " schema ".channels (id, createat, deleteat, teamid, type, displayname, name) FROM " \
    "stdin;\n"

#define COPY_POSTS(schema)                                                                 \
    "COPY " schema ".posts (id, createat, updateat, deleteat, userid, channelid, rootid, " \
    "originalid, message, type, props) FROM stdin;\n"

#define CHANNEL_ROW "c1\t1\t0\tt1\tO\tTown\ttown\n"
#define POST_ROW    "p1\t1700000000000\t2\t0\tu1\tc1\t\t\thello\t\t{}\n"
#define OLD_ROW     "p2\t1700000000000\t2\t3\tu1\tc1\t\tp1\thallo\t\t{}\n"

/* A whole Mattermost with one channel and these rows of posts. */
#define DUMP(posts)                                                                                \
    DUMP_HEAD CREATE_CHANNELS("public") CREATE_POSTS("public") COPY_CHANNELS("public") CHANNEL_ROW \
        "\\.\n\n\n" COPY_POSTS("public") posts "\\.\n\n" DUMP_TAIL

#endif
