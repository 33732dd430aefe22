package io.kubehv.e2e.bench;

import io.kubehv.e2e.Cluster;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.Machine;
import io.kubehv.e2e.Manifests;
import io.kubehv.e2e.bench.Timeline.Mark;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The way from apply to the login prompt of the tiny guest, phase by phase: one VM, and many at once. */
final class StartBenchmark implements Benchmark {
    private static final int STARTS = Integer.getInteger("bench.starts", 5);
    private static final int MACHINES = Integer.getInteger("bench.machines", 20);

    /** Imports at a time: they are not measured, and a machine for tests has few processors. */
    private static final int IMPORTS = 4;

    private static final Duration LOGIN = Duration.ofMinutes(10);
    private static final String NONE = "—";

    /**
     * A machine to start.
     *
     * @param more lines of its spec
     */
    private record Kind(String words, int generation, String more) {}

    private static final Kind FIRST = new Kind("generation 1", 1, "");
    private static final List<Kind> KINDS = List.of(
            FIRST,
            new Kind("generation 2", 2, "  firmware: {secureBoot: {enabled: false}}\n"),
            new Kind(
                    "generation 2, Secure Boot and TPM",
                    2,
                    "  security: {tpm: {enabled: true, keyProtectorDeletionPolicy: Delete}}\n"));

    @Override
    public List<Table> run(Cluster cluster) {
        try (Laboratory laboratory = Laboratory.open(cluster)) {
            importDisks(laboratory);
            List<Table> tables = new ArrayList<>();
            Map<Kind, List<Timeline>> starts = new LinkedHashMap<>();
            // In turns, so that what else the machine does meets each of them alike.
            for (int start = 0; start < STARTS; start++) {
                for (Kind kind : KINDS) {
                    starts.computeIfAbsent(kind, _ -> new ArrayList<>()).addAll(start(laboratory, 1, kind));
                }
            }
            starts.forEach((kind, of) ->
                    tables.add(table("One VM: %s, %d starts".formatted(kind.words(), STARTS), of)));
            tables.add(sideBySide(starts));
            if (MACHINES > 1) {
                tables.add(table(MACHINES + " VMs of generation 1 at once", start(laboratory, MACHINES, FIRST)));
            }
            return tables;
        }
    }

    private static void importDisks(Laboratory laboratory) {
        for (int first = 0; first < MACHINES; first += IMPORTS) {
            List<String> disks = new ArrayList<>();
            for (int disk = first; disk < Math.min(MACHINES, first + IMPORTS); disk++) {
                disks.add("vm-%02d".formatted(disk));
            }
            disks.forEach(disk -> laboratory.apply(Manifests.tinyDisk(disk)));
            disks.forEach(disk -> laboratory.awaitDisk(disk, "Ready"));
        }
    }

    /** Starts VMs, follows them to their prompts, and deletes them again; their disks stay. */
    private static List<Timeline> start(Laboratory laboratory, int count, Kind kind) {
        Map<String, Timeline> timelines = new TreeMap<>();
        for (int machine = 0; machine < count; machine++) {
            timelines.put("vm-%02d".formatted(machine), new Timeline());
        }
        try (StartWatch _ = new StartWatch(laboratory, timelines)) {
            timelines.forEach((name, timeline) -> {
                timeline.mark(Mark.APPLIED, Instant.now());
                laboratory.apply(Manifests.tinyOn(name, kind.generation(), name) + kind.more());
            });
            timelines.forEach((name, timeline) -> laboratory
                    .await("the prompt of " + name, LOGIN)
                    .until(() -> BootLog.atLogin(timeline, laboratory, name)));
            timelines.forEach((name, timeline) -> NodeRecords.addTo(
                    timeline, laboratory, laboratory.machine(name).pod().orElseThrow()));
        }
        timelines.keySet().stream().map(laboratory::machine).forEach(Machine::delete);
        timelines.keySet().stream().map(laboratory::machine).forEach(Machine::awaitGone);
        timelines.forEach((name, timeline) -> System.err.println(name + " " + timeline));
        return List.copyOf(timelines.values());
    }

    private static Table sideBySide(Map<Kind, List<Timeline>> starts) {
        Table table = new Table(
                "Boot of one VM by its firmware, %d starts of each in turns".formatted(STARTS),
                "VM",
                "apply → Running p50",
                "apply → first serial byte p50",
                "apply → login least",
                "p50",
                "p95");
        starts.forEach((kind, of) -> {
            Spread login = spread(of, Mark.LOGIN);
            table.row(
                    kind.words(),
                    spread(of, Mark.RUNNING).p50(),
                    spread(of, Mark.FIRST_BYTE).p50(),
                    login.least(),
                    login.p50(),
                    login.p95());
        });
        return table.note("The first byte is the firmware's own with UEFI, and the boot loader's with a BIOS.");
    }

    private static Spread spread(List<Timeline> starts, Mark to) {
        return new Spread(starts.stream()
                .map(timeline -> timeline.between(Mark.APPLIED, to))
                .flatMap(Optional::stream)
                .toList());
    }

    private static Table table(String title, List<Timeline> starts) {
        Table table = new Table(title, "phase", "whose", "least", "p50", "p95", "KubeVirt p50, p95");
        row(table, "apply → pod created", "operator", starts, Mark.APPLIED, Mark.POD_CREATED);
        row(table, "→ scheduled", "Kubernetes", starts, Mark.POD_CREATED, Mark.SCHEDULED);
        row(table, "→ container created", "kubelet, CNI, CSI", starts, Mark.SCHEDULED, Mark.CONTAINER_CREATED);
        row(table, "→ its process begun", "containerd", starts, Mark.CONTAINER_CREATED, Mark.PROCESS_BEGUN);
        row(table, "→ QEMU answers", "launcher", starts, Mark.PROCESS_BEGUN, Mark.QEMU_UP);
        row(table, "→ Running in the status", "daemon", starts, Mark.QEMU_UP, Mark.RUNNING);
        row(table, "apply → Running", "all", "15.52 s, 24.22 s", starts, t -> t.between(Mark.APPLIED, Mark.RUNNING));
        row(table, "apply → first serial byte", "all", starts, Mark.APPLIED, Mark.FIRST_BYTE);
        row(table, "apply → login prompt", "all", starts, Mark.APPLIED, Mark.LOGIN);
        row(table, "our own share (goal for one VM: < 1 s)", "ours", NONE, starts, Timeline::ownShare);
        return table.note("Our own share: apply → pod created, and container created → Running. The disks were imported"
                        + " before. The guests are emulated (TCG) where the nodes have no KVM that works.")
                .note("KubeVirt: creation to Running of 100 minimal VMs, made 100 ms apart, as its performance lane for"
                        + " Kubernetes 1.34 published it for the week of 20 July 2026; on other hardware, with KVM.");
    }

    private static void row(Table table, String phase, String whose, List<Timeline> starts, Mark from, Mark to) {
        row(table, phase, whose, NONE, starts, timeline -> timeline.between(from, to));
    }

    private static void row(
            Table table,
            String phase,
            String whose,
            String peer,
            List<Timeline> starts,
            Function<Timeline, Optional<Duration>> time) {
        Spread spread =
                new Spread(starts.stream().map(time).flatMap(Optional::stream).toList());
        table.row(phase, whose, spread.least(), spread.p50(), spread.p95(), peer);
    }
}
