/* tests/bench/gen_mmsql_schema.c: tables of a Mattermost server of today (migration 159, with two
 * things of 11.8) and of one of 2021 (5.37), as far as the generator fills them.
 *
 * Our own definition, by what the servers' migrations leave behind: names, types and keys, no more.
 * A plugin's table, a fork's columns and a fork's table are invented.
 */
#include "gen_mmsql.h"

#define V(n) "character varying(" #n ")"
#define ID   V(26)
#define KEY  V(26) " NOT NULL"
#define BIG  "bigint"
#define YES  "boolean"
#define BOTH(name, type) \
    {                    \
        name, type, type \
    }
#define NEW(name, type)  \
    {                    \
        name, type, NULL \
    }
#define OLD(name, type)  \
    {                    \
        name, NULL, type \
    }
#define WAS(name, now, then) \
    {                        \
        name, now, then      \
    }
#define TIMES BOTH("createat", BIG), BOTH("updateat", BIG), BOTH("deleteat", BIG)

static const sql_column audits[] = {
    BOTH("id", KEY),        BOTH("createat", BIG),      BOTH("userid", ID),
    BOTH("action", V(512)), BOTH("extrainfo", V(1024)), BOTH("ipaddress", V(64)),
    BOTH("sessionid", ID),
};
static const sql_column bots[] = {
    BOTH("userid", KEY),         BOTH("description", V(1024)), BOTH("ownerid", V(190)), TIMES,
    BOTH("lasticonupdate", BIG),
};
static const sql_column calls[] = {
    BOTH("id", KEY),       BOTH("channelid", ID),         BOTH("startat", BIG " NOT NULL"),
    BOTH("title", "text"), WAS("props", "jsonb", "text"),
};
static const sql_column channelbookmarks[] = {
    NEW("id", KEY),
    NEW("ownerid", ID),
    NEW("channelid", ID),
    NEW("fileinfoid", ID),
    NEW("createat", BIG),
    NEW("updateat", BIG),
    NEW("deleteat", BIG),
    NEW("displayname", "text"),
    NEW("sortorder", "integer"),
    NEW("linkurl", "text"),
    NEW("imageurl", "text"),
    NEW("emoji", V(64)),
    NEW("type", "public.channel_bookmark_type DEFAULT 'link'::public.channel_bookmark_type"),
    NEW("originalid", ID),
    NEW("parentid", ID),
};
static const sql_column channelmemberhistory[] = {
    BOTH("channelid", KEY),
    BOTH("userid", KEY),
    BOTH("jointime", BIG " NOT NULL"),
    BOTH("leavetime", BIG),
};
static const sql_column channelmembers[] = {
    BOTH("channelid", KEY),
    BOTH("userid", KEY),
    WAS("roles", V(256), V(64)),
    BOTH("lastviewedat", BIG),
    BOTH("msgcount", BIG),
    BOTH("mentioncount", BIG),
    WAS("notifyprops", "jsonb", V(2000)),
    BOTH("lastupdateat", BIG),
    BOTH("schemeuser", YES),
    BOTH("schemeadmin", YES),
    BOTH("schemeguest", YES),
    BOTH("mentioncountroot", BIG),
    BOTH("msgcountroot", BIG),
    NEW("urgentmentioncount", BIG),
    NEW("autotranslationdisabled", YES " DEFAULT false NOT NULL"),
};
static const sql_column channels[] = {
    BOTH("id", KEY),
    TIMES,
    BOTH("teamid", ID),
    WAS("type", "public.channel_type", V(1)),
    BOTH("displayname", V(64)),
    BOTH("name", V(64)),
    BOTH("header", V(1024)),
    BOTH("purpose", V(250)),
    BOTH("lastpostat", BIG),
    BOTH("totalmsgcount", BIG),
    BOTH("extraupdateat", BIG),
    BOTH("creatorid", ID),
    BOTH("schemeid", ID),
    BOTH("groupconstrained", YES),
    BOTH("shared", YES),
    BOTH("totalmsgcountroot", BIG),
    NEW("lastrootpostat", BIG " DEFAULT '0'::bigint"),
    NEW("bannerinfo", "jsonb"),
    NEW("defaultcategoryname", V(64) " DEFAULT ''::character varying NOT NULL"),
    NEW("autotranslation", YES " DEFAULT false NOT NULL"),
};
static const sql_column compliances[] = {
    BOTH("id", KEY),          BOTH("createat", BIG),    BOTH("userid", ID),
    BOTH("status", V(64)),    BOTH("count", "integer"), BOTH("\"desc\"", V(512)),
    BOTH("type", V(64)),      BOTH("startat", BIG),     BOTH("endat", BIG),
    BOTH("keywords", V(512)), BOTH("emails", V(1024)),
};
static const sql_column db_migrations[] = {
    NEW("version", BIG " NOT NULL"),
    NEW("name", "character varying NOT NULL"),
};
static const sql_column drafts[] = {
    NEW("createat", BIG),     NEW("updateat", BIG),
    NEW("deleteat", BIG),     NEW("userid", KEY),
    NEW("channelid", KEY),    NEW("rootid", ID " DEFAULT ''::character varying NOT NULL"),
    NEW("message", V(65535)), NEW("props", V(8000)),
    NEW("fileids", V(300)),   NEW("priority", "text"),
    NEW("type", "text"),
};
static const sql_column emoji[] = {
    BOTH("id", KEY),
    TIMES,
    BOTH("creatorid", ID),
    BOTH("name", V(64)),
};
static const sql_column fileinfo[] = {
    BOTH("id", KEY),
    BOTH("creatorid", ID),
    BOTH("postid", ID),
    TIMES,
    BOTH("path", V(512)),
    BOTH("thumbnailpath", V(512)),
    BOTH("previewpath", V(512)),
    BOTH("name", V(256)),
    BOTH("extension", V(64)),
    BOTH("size", BIG),
    BOTH("mimetype", V(256)),
    BOTH("width", "integer"),
    BOTH("height", "integer"),
    BOTH("haspreviewimage", YES),
    BOTH("minipreview", "bytea"),
    BOTH("content", "text"),
    BOTH("remoteid", ID),
    NEW("archived", YES " DEFAULT false NOT NULL"),
    NEW("channelid", ID),
};
static const sql_column fork_case_notes[] = {
    NEW("noted", "timestamp with time zone"),
    NEW("\"Case Number\"", "integer[]"), /* needs quotes */
    NEW("note", "text"),
    NEW("weight", "numeric(10,3)"),
};
static const sql_column incomingwebhooks[] = {
    BOTH("id", KEY),
    TIMES,
    BOTH("userid", ID),
    BOTH("channelid", ID),
    BOTH("teamid", ID),
    BOTH("displayname", V(64)),
    BOTH("description", V(500)),
    BOTH("username", V(255)),
    BOTH("iconurl", V(1024)),
    BOTH("channellocked", YES),
};
static const sql_column jobs[] = {
    BOTH("id", KEY),       BOTH("type", V(32)),   BOTH("priority", BIG),
    BOTH("createat", BIG), BOTH("startat", BIG),  BOTH("lastactivityat", BIG),
    BOTH("status", V(32)), BOTH("progress", BIG), WAS("data", "jsonb", V(1024)),
};
static const sql_column linkmetadata[] = {
    BOTH("hash", BIG " NOT NULL"), BOTH("url", V(2048)),          BOTH("\"timestamp\"", BIG),
    BOTH("type", V(16)),           WAS("data", "jsonb", V(4096)),
};
static const sql_column persistentnotifications[] = {
    NEW("postid", KEY),   NEW("createat", BIG),         NEW("lastsentat", BIG),
    NEW("deleteat", BIG), NEW("sentcount", "smallint"),
};
static const sql_column pluginkeyvaluestore[] = {
    BOTH("pluginid", V(190) " NOT NULL"),
    BOTH("pkey", V(150) " NOT NULL"),
    BOTH("pvalue", "bytea"),
    BOTH("expireat", BIG),
};
static const sql_column postacknowledgements[] = {
    NEW("postid", KEY),
    NEW("userid", KEY),
    NEW("acknowledgedat", BIG),
    NEW("remoteid", ID " DEFAULT ''::character varying"),
    NEW("channelid", ID " DEFAULT ''::character varying"),
};
static const sql_column postreminders[] = {
    NEW("postid", KEY),
    NEW("userid", KEY),
    NEW("targettime", BIG),
};
static const sql_column posts[] = {
    BOTH("id", KEY),           TIMES,
    BOTH("userid", ID),        BOTH("channelid", ID),
    BOTH("rootid", ID),        OLD("parentid", ID),
    BOTH("originalid", ID),    BOTH("message", V(65535)),
    BOTH("type", V(26)),       WAS("props", "jsonb", "text"),
    BOTH("hashtags", V(1000)), BOTH("filenames", V(4000)),
    BOTH("fileids", V(300)),   BOTH("hasreactions", YES),
    BOTH("editat", BIG),       BOTH("ispinned", YES),
    BOTH("remoteid", ID),      NEW("forkscore", "real"), /* of a fork */
};
static const char *const posts_index[] = {
    "idx_posts_create_at ON public.posts USING btree (createat)",
    "idx_posts_create_at_id ON public.posts USING btree (createat, id)",
    "idx_posts_update_at ON public.posts USING btree (updateat)",
    "idx_posts_delete_at ON public.posts USING btree (deleteat)",
    "idx_posts_channel_id_update_at ON public.posts USING btree (channelid, updateat)",
    "idx_posts_channel_id_delete_at_create_at ON public.posts USING btree (channelid, deleteat, "
    "createat)",
    "idx_posts_root_id_delete_at ON public.posts USING btree (rootid, deleteat)",
    "idx_posts_user_id ON public.posts USING btree (userid)",
    "+idx_posts_original_id ON public.posts USING btree (originalid)",
    "idx_posts_is_pinned ON public.posts USING btree (ispinned)",
    NULL,
};
static const sql_column postspriority[] = {
    NEW("postid", KEY),
    NEW("channelid", KEY),
    NEW("priority", V(32) " NOT NULL"),
    NEW("requestedack", YES),
    NEW("persistentnotifications", YES),
};
static const sql_column preferences[] = {
    BOTH("userid", KEY),
    BOTH("category", V(32) " NOT NULL"),
    BOTH("name", V(32) " NOT NULL"),
    WAS("value", "text", V(2000)),
};
static const sql_column propertyvalues[] = {
    NEW("id", KEY),
    NEW("targetid", V(255) " NOT NULL"),
    NEW("targettype", V(255) " NOT NULL"),
    NEW("groupid", KEY),
    NEW("fieldid", KEY),
    NEW("value", "jsonb NOT NULL"),
    NEW("createat", BIG " NOT NULL"),
    NEW("updateat", BIG " NOT NULL"),
    NEW("deleteat", BIG " NOT NULL"),
};
static const sql_column publicchannels[] = {
    BOTH("id", KEY),         BOTH("deleteat", BIG),
    BOTH("teamid", ID),      BOTH("displayname", V(64)),
    BOTH("name", V(64)),     BOTH("header", V(1024)),
    BOTH("purpose", V(250)),
};
static const sql_column reactions[] = {
    BOTH("userid", KEY),
    BOTH("postid", KEY),
    BOTH("emojiname", V(64) " NOT NULL"),
    TIMES,
    BOTH("remoteid", ID),
    NEW("channelid", ID " DEFAULT ''::character varying NOT NULL"),
};
static const char *const reactions_index[] = {
    "+idx_reactions_channel_id ON public.reactions USING btree (channelid)",
    NULL,
};
static const sql_column readreceipts[] = {
    NEW("postid", KEY),
    NEW("userid", KEY),
    NEW("expireat", BIG " NOT NULL"),
};
static const sql_column recapchannels[] = {
    NEW("id", KEY),
    NEW("recapid", KEY),
    NEW("channelid", KEY),
    NEW("channelname", V(64)),
    NEW("highlights", "text"),
    NEW("actionitems", "text"),
    NEW("sourcepostids", "text"),
    NEW("createat", BIG),
};
static const sql_column retentionpolicies[] = {
    BOTH("id", KEY),
    BOTH("displayname", V(64)),
    BOTH("postduration", BIG),
};
static const sql_column scheduledposts[] = {
    NEW("id", KEY),
    NEW("createat", BIG),
    NEW("updateat", BIG),
    NEW("userid", KEY),
    NEW("channelid", KEY),
    NEW("rootid", ID),
    NEW("message", V(65535)),
    NEW("props", V(8000)),
    NEW("fileids", V(300)),
    NEW("priority", "text"),
    NEW("scheduledat", BIG " NOT NULL"),
    NEW("processedat", BIG),
    NEW("errorcode", V(200)),
    NEW("type", "text"),
};
static const sql_column sessions[] = {
    BOTH("id", KEY),
    BOTH("token", ID),
    BOTH("createat", BIG),
    BOTH("expiresat", BIG),
    BOTH("lastactivityat", BIG),
    BOTH("userid", ID),
    BOTH("deviceid", V(512)),
    BOTH("roles", V(256)),
    BOTH("isoauth", YES),
    WAS("props", "jsonb", V(1000)),
    BOTH("expirednotify", YES),
};
static const sql_column status[] = {
    BOTH("userid", KEY),
    BOTH("status", V(32)),
    BOTH("manual", YES),
    BOTH("lastactivityat", BIG),
};
static const sql_column systems[] = {
    BOTH("name", V(64) " NOT NULL"),
    BOTH("value", V(1024)),
};
static const sql_column teammembers[] = {
    BOTH("teamid", KEY),         BOTH("userid", KEY),
    WAS("roles", V(256), V(64)), BOTH("deleteat", BIG),
    BOTH("schemeuser", YES),     BOTH("schemeadmin", YES),
    BOTH("schemeguest", YES),    NEW("createat", BIG " DEFAULT 0"),
};
static const sql_column teams[] = {
    BOTH("id", KEY),
    TIMES,
    BOTH("displayname", V(64)),
    BOTH("name", V(64)),
    BOTH("description", V(255)),
    BOTH("email", V(128)),
    WAS("type", "public.team_type", V(255)),
    BOTH("companyname", V(64)),
    WAS("alloweddomains", V(1000), V(500)),
    BOTH("inviteid", V(32)),
    BOTH("schemeid", ID),
    BOTH("allowopeninvite", YES),
    BOTH("lastteamiconupdate", BIG),
    BOTH("groupconstrained", YES),
    NEW("cloudlimitsarchived", YES " DEFAULT false NOT NULL"),
};
static const sql_column temporaryposts[] = {
    NEW("postid", KEY),       NEW("type", V(26) " NOT NULL"), NEW("expireat", BIG " NOT NULL"),
    NEW("message", V(65535)), NEW("fileids", V(300)),
};
static const sql_column threadmemberships[] = {
    BOTH("postid", KEY),     BOTH("userid", KEY),      BOTH("following", YES),
    BOTH("lastviewed", BIG), BOTH("lastupdated", BIG), BOTH("unreadmentions", BIG),
};
static const sql_column threads[] = {
    BOTH("postid", KEY),      BOTH("replycount", BIG),
    BOTH("lastreplyat", BIG), WAS("participants", "jsonb", "text"),
    BOTH("channelid", ID),    NEW("threaddeleteat", BIG),
    NEW("threadteamid", ID),
};
static const sql_column translations[] = {
    NEW("objectid", KEY),
    NEW("dstlang", "character varying NOT NULL"),
    NEW("objecttype", "character varying NOT NULL"),
    NEW("providerid", "character varying NOT NULL"),
    NEW("normhash", "character(64) NOT NULL"),
    NEW("text", "text NOT NULL"),
    NEW("confidence", "real"),
    NEW("meta", "jsonb"),
    NEW("updateat", BIG " NOT NULL"),
    NEW("state", V(20) " NOT NULL"),
    NEW("channelid", ID),
};
static const sql_column users[] = {
    BOTH("id", KEY),
    TIMES,
    BOTH("username", V(64)),
    BOTH("password", V(128)),
    BOTH("authdata", V(128)),
    BOTH("authservice", V(32)),
    BOTH("email", V(128)),
    BOTH("emailverified", YES),
    BOTH("nickname", V(64)),
    BOTH("firstname", V(64)),
    BOTH("lastname", V(64)),
    BOTH("roles", V(256)),
    BOTH("allowmarketing", YES),
    WAS("props", "jsonb", V(4000)),
    WAS("notifyprops", "jsonb", V(2000)),
    BOTH("lastpasswordupdate", BIG),
    BOTH("lastpictureupdate", BIG),
    BOTH("failedattempts", "integer"),
    BOTH("locale", V(5)),
    BOTH("mfaactive", YES),
    BOTH("mfasecret", V(128)),
    BOTH("\"position\"", V(128)),
    WAS("timezone", "jsonb", V(256)),
    BOTH("remoteid", ID),
    NEW("lastlogin", BIG " DEFAULT 0 NOT NULL"),
    NEW("mfausedtimestamps", "jsonb"),
    NEW("forkdepartment", "text"), /* of a fork */
};
static const char *const fileinfo_index[] = {
    "idx_fileinfo_postid_at ON public.fileinfo USING btree (postid)",
    "idx_fileinfo_create_at ON public.fileinfo USING btree (createat)",
    "idx_fileinfo_update_at ON public.fileinfo USING btree (updateat)",
    "idx_fileinfo_delete_at ON public.fileinfo USING btree (deleteat)",
    NULL,
};

#define TABLE(id, list, key, then_order, index) \
    [id] = { #list, list, sizeof(list) / sizeof((list)[0]), key, then_order, index }
#define PLAIN(id, list, key) TABLE(id, list, key, NULL, NULL)

const sql_table sql_tables[SQL_TABLES] = {
    PLAIN(SQL_AUDITS, audits, "id"),
    PLAIN(SQL_BOTS, bots, "userid"),
    PLAIN(SQL_CALLS, calls, "id"),
    PLAIN(SQL_CHANNELBOOKMARKS, channelbookmarks, "id"),
    PLAIN(SQL_CHANNELMEMBERHISTORY, channelmemberhistory, "channelid, userid, jointime"),
    PLAIN(SQL_CHANNELMEMBERS, channelmembers, "channelid, userid"),
    PLAIN(SQL_CHANNELS, channels, "id"),
    PLAIN(SQL_COMPLIANCES, compliances, "id"),
    PLAIN(SQL_DB_MIGRATIONS, db_migrations, "version"),
    PLAIN(SQL_DRAFTS, drafts, "userid, channelid, rootid"),
    PLAIN(SQL_EMOJI, emoji, "id"),
    TABLE(SQL_FILEINFO, fileinfo, "id", NULL, fileinfo_index),
    PLAIN(SQL_FORK_CASE_NOTES, fork_case_notes, NULL),
    PLAIN(SQL_INCOMINGWEBHOOKS, incomingwebhooks, "id"),
    PLAIN(SQL_JOBS, jobs, "id"),
    PLAIN(SQL_LINKMETADATA, linkmetadata, "hash"),
    PLAIN(SQL_PERSISTENTNOTIFICATIONS, persistentnotifications, "postid"),
    PLAIN(SQL_PLUGINKEYVALUESTORE, pluginkeyvaluestore, "pluginid, pkey"),
    PLAIN(SQL_POSTACKNOWLEDGEMENTS, postacknowledgements, "postid, userid"),
    PLAIN(SQL_POSTREMINDERS, postreminders, "postid, userid"),
    TABLE(SQL_POSTS, posts, "id",
          "id,createat,updateat,editat,deleteat,ispinned,userid,channelid,rootid,parentid,"
          "originalid,message,type,props",
          posts_index),
    PLAIN(SQL_POSTSPRIORITY, postspriority, "postid"),
    PLAIN(SQL_PREFERENCES, preferences, "userid, category, name"),
    PLAIN(SQL_PROPERTYVALUES, propertyvalues, "id"),
    PLAIN(SQL_PUBLICCHANNELS, publicchannels, "id"),
    TABLE(SQL_REACTIONS, reactions, "postid, userid, emojiname", NULL, reactions_index),
    PLAIN(SQL_READRECEIPTS, readreceipts, "postid, userid"),
    PLAIN(SQL_RECAPCHANNELS, recapchannels, "id"),
    PLAIN(SQL_RETENTIONPOLICIES, retentionpolicies, "id"),
    PLAIN(SQL_SCHEDULEDPOSTS, scheduledposts, "id"),
    PLAIN(SQL_SESSIONS, sessions, "id"),
    PLAIN(SQL_STATUS, status, "userid"),
    PLAIN(SQL_SYSTEMS, systems, "name"),
    PLAIN(SQL_TEAMMEMBERS, teammembers, "teamid, userid"),
    PLAIN(SQL_TEAMS, teams, "id"),
    PLAIN(SQL_TEMPORARYPOSTS, temporaryposts, "postid"),
    PLAIN(SQL_THREADMEMBERSHIPS, threadmemberships, "postid, userid"),
    PLAIN(SQL_THREADS, threads, "postid"),
    PLAIN(SQL_TRANSLATIONS, translations, "objectid, objecttype, dstlang"),
    PLAIN(SQL_USERS, users, "id"),
};
