"""What the invented people of Northwind Harbor say: the plain talk of the sample export.

A line that starts with '@' opens a sitting: conversation and UTC start. The lines below it are
'who: text'; '> who: text' answers in the thread of the last plain line. A tail of '{...}' adds
'edited' and reactions ('eyes=tobias,yuki'). Everybody and everything here is made up.
"""

TALK = """
@ general 2024-02-12T16:02
maren: Good morning everyone. The season opens in seven weeks, so from today we post decisions here and not in hallway talks. {+1=tobias,priya,yuki; anchor=ingrid}
tobias: Works for me. Accounts for the seasonal crew are being prepared, I will announce when they can log in.
priya: Reminder: supplier invoices for January must be in by Friday noon. {edited}
yuki: The new tide widget is live on the berth page :ocean: {tada=maren,tobias; northwind_sail=priya}
ingrid: Lovely. The old one was wrong by an hour twice a year.
@ general 2024-02-13T17:20
samir: Hello all, I am Samir from the dredging survey. I will be around until the end of March. {wave::skin-tone-3=maren,yuki; wave=tobias}
maren: Welcome Samir! Ask <@tobias> for the gate code, and please never write it here.
> tobias: Sent by phone.
> samir: Got it, thanks.
leon: Crane B3 is back in service, the load test report follows. {eyes=priya}
> priya: Which report number? I have nothing on file for B3.
> leon: Should be with the yard papers, I will look.
@ general 2024-02-19T18:45
maren: Office closed today, holiday. Harbor watch is on as usual.
ingrid: Watch room here: quiet night, one sailing boat towed in from Gull Bay.
@ general 2024-02-26T16:30
tobias: Please restart the chat client before Wednesday, the old version stops working.
yuki: Done. Took two minutes.
priya: Done, but my reminders are gone?
> tobias: They come back after the first sync. Give it ten minutes.
> priya: They did. Thank you! {heart=tobias}
@ general 2024-03-04T17:05
maren: Budget meeting moved to Thursday 14:00. Agenda stays: dredging, crane B3, winter storage fees.
priya: I will bring the numbers for winter storage, they look better than last year. {chart_with_upwards_trend=maren}
leon: Can we skip the crane item? The report is not back yet.
maren: No. Insurance asks for it, so it stays on the agenda.
@ general 2024-03-10T08:55
ingrid: Clocks jump forward tonight. I will check the tide tables by hand at two. {alarm_clock=yuki}
ingrid: 01:58 here, all tables fine so far.
ingrid: 03:01 now, one minute after 01:59 :sweat_smile: tables still fine.
yuki: I love this job. {joy=ingrid,tobias}
@ general 2024-03-18T16:10
maren: Leon has left the company as of Friday. Crane questions go to Ingrid until further notice.
tobias: Account closed, devices are back. Mail goes to the harbor office.
@ general 2024-03-25T16:00
maren: One week to opening. Thank you all, the docks look great. {clap::skin-tone-2=tobias; clap::skin-tone-5=yuki; clap=priya,ingrid}
@ random 2024-02-14T19:12
yuki: Somebody left a box of saffron buns in the galley. They are not anybody's any more.
tobias: I heard they were for the survey crew. {zipper_mouth_face=yuki}
> samir: They were! But I forgive you.
> yuki: I owe you one box of buns.
ingrid: A seal is asleep on pontoon four. Please use pontoon five. {seal=maren,yuki,tobias,priya,samir}
maren: Is it still there?
> ingrid: It is, and now there are two.
@ random 2024-02-23T20:01
tobias: Friday quiz: what is the deepest lock you ever passed?
yuki: The one on my bicycle. {facepalm=tobias}
ingrid: 32 metres, on the big river. Took an hour.
@ random 2024-03-08T21:15
yuki: Lunch run: noodles or pizza? Vote with :ramen: or :pizza: {ramen=tobias,ingrid,yuki; pizza=priya}
priya: Outvoted again.
> tobias: Democracy is hard on pizza.
@ random 2024-03-22T19:40
samir: My last Friday here. The survey boat leaves on Monday at six.
maren: Come back any time, and thank you for the maps. {pray=samir; ocean=yuki}
ingrid: The seals will miss you.
@ engineering 2024-02-12T17:05
yuki: Booking service answers slowly since the weekend. p95 is 2.4 s.
tobias: The disk of the old database host is nearly full. Moving the logs away now.
> yuki: Better already, p95 is 900 ms.
> tobias: Logs are on the backup volume until we have the new host.
yuki: Plan for the move: copy on Tuesday, switch on Thursday, roll back any time before Friday noon.
@ engineering 2024-02-15T18:00
tobias: New host is up: `moor-db2.northwind-harbor.example`. Same version, twice the memory.
yuki: First copy took 41 minutes, second run 3 minutes.
> tobias: Good enough for a switch at six in the morning.
yuki: Ticket NWH-118 has the steps. I keep the old host read-only for two weeks. {white_check_mark=tobias}
@ engineering 2024-02-15T22:10
yuki: Switch done at 14:05 local. Checks: counts equal, checksums equal, nobody noticed. {rocket=tobias,maren; northwind_sail=ingrid}
tobias: I noticed. I was staring at it.
@ engineering 2024-02-27T17:30
yuki: The export of the berth map needs a fix: names with quotes break the file. Patch in NWH-131.
wren: I can test it from the pier tablet if you tell me what to press.
> yuki: Open the map, press print, and tell me if slip "O'Hara \\ Sons" shows up.
> wren: It shows up, with the quote and the backslash.
> yuki: Then we are done. Thank you!
tobias: Released as 4.2.1.
@ engineering 2024-03-05T19:25
tobias: Backup of last night has 0 bytes. Looking into it.
yuki: The volume was full again. Old logs from the move.
> tobias: Deleted the logs, backup runs again. We need an alert for this.
> yuki: NWH-140 for the alert.
> tobias: Backup done, restore tested on a scratch host: 18 minutes.
@ engineering 2024-03-11T16:15
yuki: After the clock change all bookings look right. One report groups by local day and shows 23 hours for Sunday, which is true.
tobias: Leave it. It is the day that is wrong, not the report. {100=yuki}
@ engineering 2024-03-20T17:45
yuki: Feature freeze for opening day. Only fixes from now on.
tobias: Agreed. I will not even look at the code. {lock=yuki}
yuki: Load test: 300 bookings a minute for an hour, no errors.
@ engineering 2024-03-27T18:30
yuki: Opening day dry run tomorrow at nine. Roles are in the canvas.
tobias: I take the phone.
@ berth-bookings 2024-02-20T17:00
ingrid: Slip 14 is double booked from 1 to 7 April: sloop Petrel and ketch Second Wind.
yuki: Petrel booked first, by nine minutes. Moving Second Wind to 16.
> ingrid: Called the owner, she is fine with 16.
ingrid: Please also block 22 to 24 for the fire boat. {heavy_check_mark=yuki}
@ berth-bookings 2024-02-28T18:20
ingrid: Six boats asked for the long stay discount this week.
priya: The discount ends on 15 March, no exceptions unless Maren signs.
> ingrid: Understood. One of them is Tidewater Rigging itself.
> priya: Then please write that to me, not here.
@ berth-bookings 2024-03-06T17:35
wren: Tablet on pier C shows yesterday's list.
yuki: Pull down to refresh, it lost the network over night.
> wren: Works. I look like a magician to the guests now. {sparkles=yuki}
@ berth-bookings 2024-03-15T20:15
ingrid: Long stay discount closed. 41 contracts, three were late and got a friendly no.
priya: Thank you. The list goes to the accountant today. {ballot_box_with_check=ingrid}
@ berth-bookings 2024-03-26T16:50
ingrid: Opening weekend is full: 212 of 212 slips.
maren: First time in nine years. Cake on Monday. {cake=ingrid,yuki,priya,tobias,wren}
@ old-crane-project 2024-02-12T19:00
leon: Last open item here is the B3 load test. Tidewater does it this week.
ingrid: Who signs? The old form still names Halvard.
> leon: I sign. Form to follow.
@ old-crane-project 2024-02-14T23:30
leon: Test done, 12.5 t, no findings.
ingrid: I was in the yard all day and saw no crane moving. Which hours?
> leon: Early. Before the gate opened.
maren: Closing this channel on Friday, the rest goes to #engineering.
@ launch- 2024-03-19T17:15
maren: Running order for opening day is in the file. Comments until Thursday please.
tobias: Loudspeakers at ten, not at eight. The neighbours wrote a letter.
> maren: Ten it is.
priya: Budget for the music is 900, the band asks 1,150.
> maren: Offer 1,000 and a free slip for the drummer's boat. {drum_with_drumsticks=priya}
@ launch- 2024-03-28T17:00
maren: Wind forecast for opening day: four from the west. Perfect.
yuki: Booking page counter goes on the big screen at nine. {rocket=maren}
@ 港の話 2024-02-22T08:05
yuki: 港の開所式は四月一日です。準備を始めましょう。
sho: 了解しました。桟橋の写真を撮っておきます。 {+1=yuki}
yuki: ありがとうございます。天気がよければ火曜日にお願いします。
> sho: 火曜日の朝、撮影しました。
@ 港の話 2024-03-07T07:40
sho: 潮位表の単位がメートルではなくフィートになっています。
yuki: 直しました。ご指摘ありがとうございます。 {bow=sho}
@ incidents 2024-02-29T11:20
tobias: Gate reader at pier A is offline. Fire watch informed.
ingrid: Gate is locked open and guarded.
> tobias: Reader replaced, tested with three cards. Closed at 12:41 UTC.
@ incidents 2024-03-12T06:15
ingrid: Oil smell at the fuel dock. Boom is out, coast guard informed.
ingrid: Source found: a leaking can on a day boat. About two litres.
> tobias: Camera shows it arriving at 05:52.
maren: Thank you for the speed. Please write the short report today.
> ingrid: Report is in the file list. {white_check_mark=maren}
@ partner-tidewater 2024-02-21T18:10
maren: Welcome to the shared channel. Everything about rigging and the mobile crane goes here.
anselm: Thanks. We have two people in here, the yard is <tel:+15550100|555-0100> if it burns.
priya: Please send invoices as PDF to <mailto:invoices@northwind-harbor.example|invoices@northwind-harbor.example>, one per job.
> anselm: Will do.
@ partner-tidewater 2024-03-13T18:05
priya: Invoices TR-2041 and TR-2043 are for the same hours on 14 February. Which one is right?
anselm: I will check with the office.
> anselm: TR-2043 is a copy error, please ignore it.
> priya: Then please send a credit note, I cannot ignore an invoice.
> anselm: Credit note comes today. {ok_hand=priya}
ingrid: And who operated the crane that day? Our log is empty.
@ finance-private 2024-02-16T20:00
priya: January closes with a small plus. Details in the sheet.
maren: Better than feared. Is the crane repair in it?
> priya: Only the parts. The load test invoice is booked in February.
@ finance-private 2024-02-28T19:10
priya: Tidewater asks for the long stay discount and calls it Lanternfish, as if it were agreed.
maren: I never heard that word. Who offered it?
> priya: The mail says "as discussed with Leon".
maren: Nothing with that name is approved. Keep the mail, please.
@ finance-private 2024-03-14T19:30
priya: Two invoices, one test, no crane log. I would like to give this to counsel.
maren: Agreed. Do not delete anything, and no more talk about it outside this channel. {lock=priya}
priya: Adding Halden from counsel as a guest tomorrow.
@ board 2024-03-01T19:00
maren: Draft minutes are in the file. Lanternfish is item five.
priya: I added the two invoice numbers to item five.
ingrid: My note about 14 February is attached to the watch log.
@ board 2024-03-15T23:20
maren: Decision: Leon's contract ends today by agreement. Minutes follow.
priya: Noted. Severance is inside the budget line.
@ dm-maren-priya 2024-02-14T21:05
priya: Do you have five minutes? It is about B3.
maren: Call me at three.
priya: Leon wants the invoice paid before the report exists.
maren: No report, no payment. In writing please, so that it does not hang on you.
@ dm-maren-priya 2024-03-14T20:02
maren: Counsel says we should keep everything from 1 February on, chats included.
priya: Tobias can set that up, but he will ask why.
maren: Tell him it is a legal hold and that he may ask me.
priya: ok
@ dm-self-maren 2024-02-18T22:40
maren: Buy varnish, two tins. Ask about the old mast.
maren: Speech: thank the watch, thank the survey, keep it under four minutes.
@ dm-self-tobias 2024-03-05T20:15
tobias: backup volume: 41 G used, alarm at 90 %
@ dm-tobias-halvard 2024-02-12T18:22
halvard: The crane papers are in the green folder, third shelf. My last day is Wednesday.
tobias: Thank you for nineteen years. Who gets the keys?
halvard: Ingrid has them already.
@ mpim-crane 2024-02-15T17:40
ingrid: Between us three: nobody saw a test on the 14th.
priya: The invoice says six to nine in the morning.
ingrid: The gate log opens at 08:57 that day. I checked twice.
maren: Thank you. Leave it with me, and keep the gate log safe.
@ mpim-crane 2024-03-14T18:50
maren: Counsel wants the gate log as it is, not a print.
ingrid: Copied to the sealed stick, checksum written on the envelope.
priya: I countersigned it.
"""
