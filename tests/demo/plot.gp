# SPDX-License-Identifier: GPL-2.0-or-later
#
# gnuplot -e "out='DIR'" plot.gp: load as in figure A.1 of ETSI GS NFV-REL 002, with
# what nfhad decides by, latency and detour as in figure A.2, and by protection as in
# figure A.3.

set terminal pngcairo size 1000,500 font "DejaVu Sans,11"
set grid
set xlabel "seconds"
set key outside top right horizontal

marks = system(sprintf("cat %s/marks", out))
do for [i = 1:words(marks) / 2] {
	t = real(word(marks, 2 * i - 1))
	what = word(marks, 2 * i)
	# The others are so close to these that one could read none.
	if (strstrt("rises split push falls drain merge", what)) {
		set arrow from t, graph 0 to t, graph 1 nohead dashtype 2 \
			lc "gray40"
		set label what at t, graph 0.98 rotate by 90 right \
			offset -1,0 textcolor "gray30"
	}
}

over = real(word(system("cat '".out."/thresholds'"), 1))
under = real(word(system("cat '".out."/thresholds'"), 2))
end = real(system("tail -n 1 '".out."/series' | cut -d ' ' -f 1"))

set terminal pngcairo size 1000,900 font "DejaVu Sans,11"
set output out."/load.png"
set xrange [0:end]
set yrange [0:*]
# Room for the names of what is decided, above the curves.
set offsets 0, 0, graph 0.25, 0
set multiplot layout 2,1
set title "Load on the firewall and its copy (packets each second)"
plot out."/series" using 1:2 with lines lw 2 title "A", \
	"" using 1:3 with lines lw 2 title "A2"
set title "Flows of both, and nfhad's thresholds"
plot out."/flows" using 1:2 with lines lw 2 title "A", \
	"" using 1:3 with lines lw 2 title "A2", \
	"" using 1:4 with lines lw 1 title "exceptions", \
	over with lines dashtype 3 lc "red" title "overload", \
	under with lines dashtype 3 lc "blue" title "underload"
unset multiplot

set terminal pngcairo size 1000,500 font "DejaVu Sans,11"
set output out."/latency.png"
set title "Round trip of a record, and packets that take the detour"
set ylabel "round trip, ms"
set y2label "detoured packets each second"
set ytics nomirror
set y2tics
plot out."/rtt" using 1:2 with lines lw 2 title "round trip (median)", \
	out."/series" using 1:4 axes x1y2 with lines lw 2 title "detour"

if (system("test -e '".out."/failover.json' || echo none") eq "none") exit
reset
set output out."/failover.png"
set multiplot layout 1,2
set grid
set logscale x
set format x "%g"
set yrange [0:100]
set ylabel "per cent that took no longer"
set key top left noenhanced
set xlabel "milliseconds"
modes = system("cd '".out."' && for mode in none checkpoint buffer; do ". \
	"[ ! -e cdf-nat-$mode ] || echo $mode; done")
set title "A packet through a NAT, one way"
plot for [mode in modes] out."/cdf-nat-".mode using 1:2 with lines lw 2 title mode
set title "An answer of redis"
plot for [mode in modes] out."/cdf-redis-".mode using 1:2 with lines lw 2 title mode
unset multiplot
