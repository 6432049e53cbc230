#!/usr/bin/env python3
"""Write words.inc and curves.inc, the tables that hfgen draws texts, sizes and times from.

usage: make_words.py OUT-FOLDER

words.inc   per language a vocabulary and, for each word, the words that may follow it, repeated by
            weight: an order-1 Markov chain whose next word is one array look-up. English comes from
            the sentence patterns and word lists below, the other languages from whole sentences;
            all of it was written for this file.
curves.inc  4,096 quantiles of each distribution, so that hfgen needs no floating point: the same
            seed gives the same bytes on every machine. The committed files are the authority;
            this program is how they were made.
"""

import collections
import math
import os
import statistics
import sys

NOUNS = """
account address agenda agreement alert amount answer appointment approval archive area article
assembly asset audit balance bank batch battery benefit bid bill board bonus bottleneck box branch
bridge brief broker budget bug build building bundle cabinet cable calculation calendar call
camera campaign candidate carrier case catalog category cause ceiling certificate chain change
channel chapter charge chart check client clause cluster code column comment committee company
complaint component concept condition conference container contract contractor controller
conversion copy cost counter course court cover crane credit crew criterion customer cycle
dashboard database date deadline deal dealer debt decision default defect delay delivery demand
deposit desk detail device diagram difference direction discount disk dock document door draft
driver duty edition effort email employee engine engineer entry envelope error estimate event
example exception exchange expense experiment expert export factor factory failure feature fee
feedback field figure file filter finding fix flag fleet floor folder forecast form format freight
fund gap gate goal graph group guarantee guide handover harbor header holiday host hour house idea
image impact import incident index industry inspection insurance interface interview inventory
invoice issue item job journal journey key keyboard label laboratory landing language laptop
launch law lawyer layer layout lead leak lease ledger lesson letter level library license limit
line link list load loan location lock log machine mailbox maintainer manager manual map margin
market material meeting member memo message meter method metric migration milestone minute mirror
model module monitor month motion name network note notice number object offer office operator
option order outage outcome output owner package page panel paper paragraph parameter parcel part
partner passage password patch path pattern payment penalty percentage period permission phase
phone picture pier pilot pipeline plan plant platform point policy port position preview price
printer priority problem procedure process product profile program project prompt proposal
protocol prototype provider pump purchase purpose quarter query question queue quota quote range
rate reason receipt record region release reminder renewal rental repair report request
requirement reserve resource response result review risk road roadmap role roof room round route
row rule safety salary sample scale scanner schedule scope screen script search season section
sensor server service session setting shape share shelf shift ship signal signature site sketch
slide solution source space speaker sponsor sprint spreadsheet stack staff stage standard
statement station step stock storage story strategy stream street structure subject summary
supplier supply support survey switch system table target task tax team template tender term
terminal test theme thread threshold ticket tide timeline token tool topic total track trade
training transfer trial trip truck tunnel turbine type unit update upgrade user vacation value
valve variant vendor version vessel view visit visitor volume voucher wall warehouse warranty
waste water weather website week weight wheel window winter wire word workflow workshop yard year
zone
"""
VERBS = """
accept adjust announce answer approve archive arrange ask attach audit avoid book
build:built:building calculate call cancel change check clean clear close collect compare complete
confirm connect contact copy:copied:copying correct count cover create deliver describe design
discuss document draft enable escalate estimate examine explain export extend finish fix follow
forward handle import improve include inform inspect install invite join label launch list load
lock mail mark measure mention merge migrate move need note offer open order organize pack
pay:paid:paying plan:planned:planning postpone prepare present print process publish reach record
reduce refund reject release remind remove rename renew repair replace reply:replied:replying
report request reserve reset:reset:resetting resolve restart restore review
rewrite:rewrote:rewriting save schedule search send:sent:sending separate share
ship:shipped:shipping sign simplify:simplified:simplifying skip:skipped:skipping sort
split:split:splitting start stop:stopped:stopping store submit:submitted:submitting suggest switch
test track train transfer:transferred:transferring translate trust try:tried:trying update upload
verify:verified:verifying visit wait watch weigh work write:wrote:writing
"""
ADJECTIVES = """
able additional amber annual available basic big blue broken busy careful cheap clean clear close
cold common complete correct critical current daily dark deep different difficult digital direct
double dry early easy empty equal exact expensive external extra fair familiar fast final fine
first flat formal free fresh full general good gray green happy hard heavy helpful high hot huge
important independent initial internal invalid joint junior kind large last late latest legal
light likely local long loose low main major manual minor missing modern monthly narrow national
new nice normal odd official old open optional original outdated overdue parallel partial past
perfect permanent physical plain polite poor possible practical previous private proper public
quick quiet rare ready real recent red regional regular related reliable remote responsible rough
round rural safe second secure senior separate serious sharp short silent similar simple single
slow small smooth soft solid special stable standard steady strange strict strong sudden suitable
technical temporary thick thin third tight tiny top total tough typical unclear unique unusual
upper urgent useful usual valid various warm weak weekly wet whole wide wild wrong yellow young
"""
ADVERBS = """
again already almost also always carefully certainly clearly currently directly easily exactly
finally fully gladly hardly honestly hopefully immediately internally just later locally maybe
mostly nearly normally now obviously often only partly perhaps possibly probably properly quickly
quietly rarely really recently regularly remotely safely shortly simply slowly sometimes soon
still suddenly surely today together tomorrow tonight twice usually yesterday
"""
PLACES = """
accounting archive berlin boston canteen chicago customs dublin finance frankfurt garage hamburg
headquarters kitchen laboratory legal lisbon logistics london lyon marketing milan nagoya north
oslo payroll porto procurement quality reception research sales seattle security south stockholm
support sydney tokyo toronto turin vienna warehouse west workshop zurich
"""
DAYS = """
monday tuesday wednesday thursday friday january february march april may june july august
september october november december
"""
PATTERNS = """
can you @verb the @noun before @day ?
could somebody @verb the @adj @noun please ?
i @verbed the @noun and the @noun , please @verb them .
the @noun for @place is @adj , we @verb it on @day .
the @adj @noun was @verbed @adv .
we @adv @verb the @noun with the @noun .
who can @verb the @nouns for the @noun ?
please @verb the @noun in the @adj @noun .
i think the @noun is @adj but the @noun is not .
let us @verb the @noun and @verb the @nouns on @day .
the @place team has @verbed all @nouns .
the @noun of the @noun is @adv @adj .
there is a @adj @noun in the @noun .
there are @adj @nouns in the @noun , i will @verb them @adv .
thanks , the @noun works @adv .
thanks for the @noun , it was @adj .
sorry , i @verbed the @adj @noun .
no , the @noun is @adv @adj , see the @noun .
yes , i will @verb the @noun @adv .
yes please , and @verb the @noun too .
do we have a @noun for the @adj @nouns ?
do you know why the @noun is so @adj ?
does anybody have the @noun of the @noun ?
i am @verbing the @noun right now , give me an hour .
i am still @verbing , the @noun is @adj .
we are @verbing the @nouns since @day .
they @verbed our @noun without a @noun .
she @verbed the @noun to @place and the @nouns to @place .
he wants to @verb the @noun before the @noun .
the customer asks for a @adj @noun .
the customer @verbed the @noun , the @noun is with @place .
our @noun with @place ends in @day .
the next @noun is on @day at ten .
the meeting about the @noun moves to @day .
i added the @noun to the @noun .
i removed the @adj @nouns from the @noun .
after the @noun we @verb the @noun and @verb the @noun .
before we @verb anything , @verb the @noun twice .
if the @noun is @adj , @verb the @noun first .
if nobody objects , i @verb the @nouns on @day .
when the @noun is @adj the @noun stops .
while @verbing the @noun we found a @adj @noun .
this is the @adj @noun , not the @adj one .
this @noun needs a @noun and a @adj @noun .
that is @adj , @verb it with the @noun .
it looks like the @noun was @verbed by the @noun .
it would be @adj to @verb the @noun this week .
nobody @verbed the @noun yet , so the @noun is @adj .
somebody should @verb the @noun of the @place @noun .
my @noun is @adj today , i will @verb from home .
your @noun is ready , the @noun is in the @noun .
the numbers for @day are in the @noun .
the price of the @noun went up by ten percent .
the new @noun costs less than the @adj @noun .
both @nouns are @adj and the third is @adv @adj .
most @nouns were @verbed in @day .
all @nouns must be @verbed by @day .
how long does it take to @verb the @noun ?
how many @nouns did we @verb in @day ?
what happens with the @noun when we @verb the @noun ?
what is the @noun of this @noun ?
where do you keep the @adj @nouns ?
when will the @noun be @adj ?
which @noun do you mean , the @adj or the @adj one ?
why did the @noun @verb the @noun ?
good morning , the @noun is @adj .
good news , the @noun was @verbed .
bad news , the @noun is @adj again .
quick question about the @noun , is it @adj ?
small correction , the @noun is @adj and not @adj .
for the record , i @verbed the @noun on @day .
please do not @verb the @noun , it is @adj .
please keep the @nouns until @day .
never @verb a @noun without a @noun .
always @verb the @noun after the @noun .
agreed , we @verb the @noun .
not yet , the @noun waits for the @noun .
almost done , only the @noun is missing .
done , the @noun is @verbed and the @noun is closed .
great work on the @noun and the @noun .
same here , my @noun is @adv @adj .
one more thing , the @noun needs a @noun .
the @place office closes at six , @verb the @noun before that .
the truck from @place arrives on @day with the @nouns .
the crew @verbed the @noun at the pier and @verbed the @nouns .
the lawyer wants the @noun and every @noun of @day .
the insurance @verbs no @noun without a @adj @noun .
the @noun @verbs the @noun , then the @noun @verbs the @nouns .
a @adj @noun and a @adj @noun make a @adj @noun .
an hour of @verbing saves a week of @verbing .
according to the @noun the @noun is @adj .
at the moment the @noun is @adv @adj .
by the way , the @noun of @place was @verbed @adv .
in short , @verb the @noun and @verb the @noun .
on @day we @verb the @noun , on @day the @noun .
from @day on the @noun is @adj for all @nouns .
between us , the @noun is not @adj .
without the @noun the @noun is just a @noun .
because of the @noun we @verb the @adj @nouns later .
instead of the @noun we could @verb a @adj @noun .
"""
OTHER = {
    "german": """
die neue fassung der liste liegt im ordner .
die rechnung für märz fehlt noch .
können wir die besprechung auf donnerstag verschieben ?
der vertrag für die halle läuft im märz aus .
ich prüfe die zahlen und melde mich später .
der kunde wünscht ein größeres angebot .
das gerät für die prüfung ist wieder verfügbar .
bitte schickt mir die übersicht der lieferungen .
wir müssen die größe der dateien prüfen .
der schlüssel für die halle liegt beim empfang .
danke , die änderung ist schon übernommen .
ich bin morgen nicht im büro .
das lager in köln ist überfüllt .
die prüfung der anlage dauert zwei wochen .
könnt ihr die übersetzung noch einmal prüfen ?
wir haben die lieferung für düsseldorf verschoben .
der bericht ist fertig und liegt im ordner .
die straße zum hafen ist gesperrt .
""",
    "french": """
la réunion est déplacée à jeudi matin .
la facture de février n'est pas encore arrivée .
merci , j'ai bien reçu le contrat signé .
pouvez-vous vérifier les chiffres du deuxième trimestre ?
le client préfère la première version du projet .
le dépôt de lyon est fermé jusqu'à lundi .
je vérifie le dossier et je réponds après la réunion .
le système a été redémarré à midi .
la clé du bureau est à la réception .
nous avons préparé le rapport pour le comité .
le problème vient du réseau de l'entrepôt .
les données sont déjà dans le dossier partagé .
il faut prévenir l'équipe de sécurité avant midi .
le délai de livraison est trop court .
très bien , la décision est validée .
la pièce est cassée , il faut la réparer .
""",
    "spanish": """
la reunión de mañana empieza a las diez .
el informe del año está en la carpeta compartida .
¿ puedes revisar la factura del último envío ?
el cliente pidió una reunión para el miércoles .
gracias , la corrección ya está lista .
mañana no estaré en la oficina .
el camión llegó al almacén con dos horas de retraso .
la contraseña del servidor cambió ayer .
¿ quién tiene la llave del almacén ?
hay un error en la línea de producción .
el señor muñoz firmó el contrato de alquiler .
la grúa está en revisión hasta el viernes .
el año próximo habrá más envíos .
necesitamos la aprobación de dirección .
el número de la factura está equivocado .
""",
    "chinese": """
请 把 新 的 合同 发 给 我 。
会议 改 到 星期四 上午 。
这个 文件 已经 更新 了 。
客户 需要 一份 新 的 报告 。
仓库 的 钥匙 在 前台 。
我 明天 不在 办公室 。
服务器 已经 恢复 正常 。
请 检查 这个 订单 的 数量 。
我们 需要 更 多 的 时间 。
报告 的 数字 有 问题 , 请 再 检查 一下 。
谢谢 , 我 马上 处理 。
这个 项目 的 预算 已经 批准 了 。
货物 星期五 到 港口 。
新 的 员工 下周 开始 工作 。
""",
    "japanese": """
会議 は 木曜日 に 変更 しました 。
新しい 見積書 を 確認 して ください 。
倉庫 の 鍵 は 受付 に あります 。
サーバー は 正常 に 戻りました 。
報告書 を 更新 しました 。
お客様 から 新しい 注文 が ありました 。
明日 は 在宅 で 作業 します 。
この ファイル を 共有 して ください 。
請求書 の 番号 が 違います 。
港 の 工事 は 来週 始まります 。
ありがとうございます 、 確認 しました 。
予算 の 件 は 来週 相談 しましょう 。
""",
    "arabic": """
تم تأجيل الاجتماع إلى يوم الخميس .
يرجى مراجعة العقد الجديد قبل الظهر .
وصلت الشحنة إلى الميناء هذا الصباح .
شكرا على التقرير الجديد .
المفتاح موجود في مكتب الاستقبال .
نحتاج إلى موافقة المدير قبل يوم الأحد .
تم تحديث الملف في المجلد المشترك .
هل يمكن إرسال الفاتورة اليوم ؟
""",
    "hebrew": """
הפגישה נדחתה ליום חמישי .
נא לבדוק את החוזה החדש לפני הצהריים .
המשלוח הגיע לנמל הבוקר .
תודה על הדוח החדש .
המפתח נמצא בקבלה .
אנחנו צריכים אישור לפני יום ראשון .
הקובץ עודכן בתיקייה המשותפת .
האם אפשר לשלוח את החשבונית היום ?
""",
}


class Draws:
    """SplitMix64, so that the tables do not depend on Python's generator."""

    def __init__(self, seed):
        self.x = seed

    def below(self, n):
        mask = (1 << 64) - 1
        self.x = (self.x + 0x9E3779B97F4A7C15) & mask
        z = self.x
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return ((z ^ (z >> 31)) * n) >> 64

    def skewed(self, items):
        """An item, the earlier ones more often: every third time the product of two draws."""
        n = len(items)
        return items[self.below(self.below(n) + 1) if self.below(3) == 0 else self.below(n)]


def plural(noun):
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return {"criterion": "criteria", "shelf": "shelves", "staff": "staff"}.get(noun, noun + "s")


def verb_forms(entry):
    base, _, rest = entry.partition(":")
    if rest:
        past, ing = rest.split(":")
    elif base.endswith("e"):
        past, ing = base + "d", base[:-1] + "ing"
    else:
        past, ing = base + "ed", base + "ing"
    third = base + ("es" if base.endswith(("s", "x", "ch", "sh")) else "s")
    if base.endswith("y") and base[-2] not in "aeiou":
        third = base[:-1] + "ies"
    return {"verb": base, "verbed": past, "verbing": ing, "verbs": third}


def shuffled(words, draws):
    words = words.split()
    for i in range(len(words) - 1, 0, -1):
        j = draws.below(i + 1)
        words[i], words[j] = words[j], words[i]
    return words


def english_sentences(draws, count):
    nouns, verbs = shuffled(NOUNS, draws), shuffled(VERBS, draws)
    pools = {"adj": shuffled(ADJECTIVES, draws), "adv": shuffled(ADVERBS, draws),
             "place": shuffled(PLACES, draws), "day": DAYS.split()}
    patterns = PATTERNS.strip().split("\n")
    for _ in range(count):
        out = []
        for token in patterns[draws.below(len(patterns))].split():
            slot = token[1:]
            if not token.startswith("@"):
                out.append(token)
            elif slot in pools:
                out.append(draws.skewed(pools[slot]))
            elif slot.startswith("noun"):
                noun = draws.skewed(nouns)
                out.append(plural(noun) if slot == "nouns" else noun)
            else:
                out.append(verb_forms(draws.skewed(verbs))[slot])
        yield out


def chain(sentences, most_slots):
    """(words, slots per word): word 0 is the full stop, which also starts every text."""
    follow = collections.defaultdict(collections.Counter)
    for words in sentences:
        last = "."
        for w in words:
            follow[last][w] += 1
            last = "." if w in ("?", "。", "؟") else w
        if words[-1] not in (".", "?", "。", "؟"):
            follow[last]["."] += 1
    words = ["."] + sorted(set(follow) | {w for c in follow.values() for w in c} - {"."})
    words = list(dict.fromkeys(words))
    number = {w: i for i, w in enumerate(words)}
    table = []
    for w in words:
        ranked = sorted(follow[w].items(), key=lambda item: (-item[1], item[0]))[:most_slots]
        if not ranked:
            ranked = sorted(follow["."].items(), key=lambda item: (-item[1], item[0]))[:8]
        total = sum(c for _, c in ranked)
        slots = []
        room = min(most_slots, max(len(ranked), 4))
        for text, c in ranked:
            slots += [number[text]] * max(1, c * room // total)
        table.append(slots)
    return words, table


def wrap(items, out, width=98):
    line = ""
    for item in items:
        if len(line) + len(item) + 1 > width:
            out.append(line.rstrip())
            line = ""
        line += item + " "
    out.append(line.rstrip())


def emit_language(name, words, table, out):
    out.append("static const char *const %s_words[] = {" % name)
    wrap(['"%s",' % w for w in words], out)
    out.append("};")
    at, offsets = 0, []
    for slots in table:
        offsets.append(at)
        at += len(slots)
    offsets.append(at)
    out.append("static const uint32_t %s_at[] = {" % name)
    wrap(["%d," % o for o in offsets], out)
    out.append("};")
    out.append("static const uint16_t %s_next[] = {" % name)
    wrap(["%d," % n for slots in table for n in slots], out)
    out.append("};")


HEADER = "/* Made by tests/bench/make_words.py; see there. */"


def words_inc():
    out = [HEADER, "/* clang-format off */"]
    draws = Draws(2024)
    languages = {"english": chain(english_sentences(draws, 40000), 94)}
    for name, text in OTHER.items():
        languages[name] = chain([s.split() for s in text.strip().split("\n")], 64)
    for name, (words, table) in languages.items():
        emit_language(name, words, table, out)
    return "\n".join(out) + "\n", languages


def time_of_day():
    """Seconds since local midnight: a working day with peaks at 10 and 15 and a dip at 12:30."""
    density = []
    for minute in range(1440):
        h = minute / 60
        d = 0.02
        if 7 <= h <= 20:
            d += math.exp(-((h - 10) / 1.4) ** 2) + 0.95 * math.exp(-((h - 15) / 1.7) ** 2)
            d -= 0.35 * math.exp(-((h - 12.5) / 0.5) ** 2)
        density.append(max(d, 0.01))
    total, acc, q, out = sum(density), 0.0, 0, []
    for minute, d in enumerate(density):
        acc += d
        while q < 4096 and (q + 0.5) / 4096 <= acc / total:
            out.append(minute * 60)
            q += 1
    return out


def curves_inc():
    inv = statistics.NormalDist().inv_cdf
    quantiles = [(i + 0.5) / 4096 for i in range(4096)]
    lengths = [min(700, max(1, round(9 * math.exp(0.95 * inv(q))))) for q in quantiles]
    sizes = [min(500_000_000, max(16, round(80_000 * math.exp(2.5 * inv(q))))) for q in quantiles]
    weights = [(k + 1) ** -1.05 for k in range(512)]
    total, acc, ranks, k = sum(weights), 0.0, [], 0
    for q in quantiles:
        while acc + weights[k] < q * total and k < 511:
            acc += weights[k]
            k += 1
        ranks.append(k)
    out = [HEADER, "/* clang-format off */"]
    for name, kind, values in [
            ("curve_words", "uint16_t", lengths), ("curve_file_bytes", "uint32_t", sizes),
            ("curve_rank", "uint16_t", ranks), ("curve_day_second", "uint32_t", time_of_day())]:
        assert len(values) == 4096, (name, len(values))
        out.append("static const %s %s[4096] = {" % (kind, name))
        wrap(["%d," % v for v in values], out)
        out.append("};")
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_words.py OUT-FOLDER")
    words, languages = words_inc()
    for name, text in [("words.inc", words), ("curves.inc", curves_inc())]:
        with open(os.path.join(sys.argv[1], name), "w", encoding="utf-8") as f:
            f.write(text)
        print(name, len(text.encode()), "bytes")
    for name, (vocabulary, table) in languages.items():
        print(name, len(vocabulary), "words,", sum(len(s) for s in table), "slots")


if __name__ == "__main__":
    main()
