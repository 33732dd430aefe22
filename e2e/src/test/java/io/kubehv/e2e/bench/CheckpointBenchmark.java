package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.e2e.Cluster;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.Machine;
import io.kubehv.e2e.Manifests;
import io.kubehv.e2e.Tree;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * How long a busy guest stands still for a checkpoint, how long that and the way back take, how long the cut of its disks takes
 * by their pieces, and what checkpoints of an idle one take of the pool; beside them QEMU's own snapshot-save of as busy a guest.
 */
final class CheckpointBenchmark implements Benchmark {
    private static final int ROUNDS = Integer.getInteger("bench.checkpoints", 5);
    private static final int IDLE = Integer.getInteger("bench.idle", 50);

    /** Writes to its memory and to its disk without pause. */
    private static final String BUSY = "while :; do dd if=/dev/urandom of=/run/busy bs=1M count=48;"
            + " dd if=/run/busy of=/data/busy bs=64k count=64 conv=fsync; done > /dev/null 2>&1 &";

    private static final String PIECES_BYTES = "1Gi";

    /** Writes all over the disk that has so many sectors. */
    private static final String SCATTER = "d=$(grep -l '^2097152$' /sys/block/*/size | cut -d/ -f4); i=0;"
            + " while :; do i=$(((i + 7919) % 262144)); dd if=/dev/zero of=/dev/$d bs=4k count=1 seek=$i oflag=direct"
            + " conv=notrunc; done > /dev/null 2>&1 &";

    private record Size(String words, String memory) {}

    private static final List<Size> SIZES = List.of(new Size("512 MiB", "512Mi"), new Size("2 GiB", "2Gi"));

    /** What was measured of guests of one size. */
    private record Times(
            List<Duration> blackout,
            List<Duration> cut,
            List<Duration> ready,
            List<Duration> frozen,
            List<Duration> applied,
            List<Duration> answers) {
        Times() {
            this(
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>(),
                    new ArrayList<>());
        }
    }

    @Override
    public List<Table> run(Cluster cluster) {
        Table table =
                new Table("Checkpoints of a busy guest, %d of each".formatted(ROUNDS), "what", "memory", "p50", "p95");
        for (Size size : SIZES) {
            Times times = ours(cluster, size);
            row(table, "Standard: the guest stands still", size, times.blackout());
            row(table, "– of which the disks are kept", size, times.cut());
            row(table, "Standard: create → Ready", size, times.ready());
            row(table, "Production: the guest is frozen", size, times.frozen());
            row(table, "apply: create → Applied", size, times.applied());
            row(table, "apply: create → the guest answers", size, times.answers());
            theirs(table, size);
        }
        table.note(
                "The guests are emulated (TCG) where the nodes have no KVM that works, and go through 48 MiB of their memory"
                        + " and 4 MiB of their disk again and again.");
        return List.of(table, pieces(cluster), space(cluster));
    }

    private static Table pieces(Cluster cluster) {
        Table table = new Table(
                "The cut of a disk of %s that is written meanwhile, %d Production checkpoints of each"
                        .formatted(PIECES_BYTES, ROUNDS),
                "pieces",
                "the guest stands still p50",
                "p95",
                "it is frozen p50",
                "p95");
        for (int pieces : new int[] {10, 10_000, 100_000}) {
            try (Laboratory laboratory = Laboratory.open(cluster)) {
                laboratory.apply(Manifests.tiny("pieces", 1).replace("  networkAdapters:", """
                                  - name: data
                                    template: {size: 16Mi, blank: {}}
                                  - name: pieces
                                    template: {size: %s, blank: {}}
                                  networkAdapters:""".formatted(PIECES_BYTES)
                        .stripLeading()
                        .indent(2)
                        .stripTrailing()));
                Machine machine = laboratory.machine("pieces");
                machine.awaitGuest();
                machine.awaitAgent();
                Tree tree = new Tree(laboratory, "pieces");
                String volume = tree.take("first", "ProductionOnly").getStatus().disks().stream()
                        .filter(disk -> disk.name().equals("pieces"))
                        .findFirst()
                        .orElseThrow()
                        .volumeHandle();
                cluster.breakInPieces(machine.node(), volume, pieces);
                machine.run(SCATTER);
                List<Duration> cut = new ArrayList<>();
                List<Duration> frozen = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                    CheckpointCapture capture = tree.take("round-" + round, "ProductionOnly")
                            .getStatus()
                            .capture();
                    cut.add(duration(capture.cutTime()));
                    frozen.add(duration(capture.frozenTime()));
                }
                Spread cuts = new Spread(cut);
                Spread freezes = new Spread(frozen);
                table.row(
                        "%,d".formatted(pieces),
                        cuts.p50Milliseconds(),
                        cuts.p95Milliseconds(),
                        freezes.p50Milliseconds(),
                        freezes.p95Milliseconds());
            }
        }
        return table;
    }

    private static Times ours(Cluster cluster, Size size) {
        Times times = new Times();
        try (Laboratory laboratory = Laboratory.open(cluster)) {
            laboratory.apply(Manifests.tiny("busy", 1).replace("startup: 256Mi", "startup: " + size.memory()));
            Machine busy = laboratory.machine("busy");
            busy.awaitGuest();
            busy.awaitAgent();
            busy.run(BUSY);
            Tree tree = new Tree(laboratory, "busy");
            for (int round = 0; round < ROUNDS; round++) {
                String name = "standard-" + round;
                Instant asked = Instant.now();
                Checkpoint taken = tree.take(name, "Standard");
                times.ready().add(since(asked));
                CheckpointCapture capture = taken.getStatus().capture();
                times.blackout().add(duration(capture.blackout()));
                times.cut().add(duration(capture.cutTime()));
                times.frozen()
                        .add(duration(tree.take("production-" + round, "ProductionOnly")
                                .getStatus()
                                .capture()
                                .frozenTime()));
                asked = Instant.now();
                var _ = tree.apply("apply-" + round, name, false);
                times.applied().add(since(asked));
                busy.awaitGuest();
                times.answers().add(since(asked));
            }
        }
        return times;
    }

    private static void theirs(Table table, Size size) {
        List<Duration> blackouts = new ArrayList<>();
        List<Duration> wholes = new ArrayList<>();
        try (SnapshotSave save = SnapshotSave.start(size.memory().replace("i", ""), BUSY)) {
            for (int round = 0; round < ROUNDS; round++) {
                SnapshotSave.Times times = save.save("round-" + round);
                blackouts.add(times.blackout());
                wholes.add(times.whole());
            }
        }
        row(table, "QEMU's snapshot-save: the guest stands still", size, blackouts);
        row(table, "QEMU's snapshot-save: all of it", size, wholes);
    }

    private static void row(Table table, String what, Size size, List<Duration> times) {
        Spread spread = new Spread(times);
        table.row(what, size.words(), spread.p50Milliseconds(), spread.p95Milliseconds());
    }

    private static Table space(Cluster cluster) {
        Table table = new Table("Space that checkpoints of an idle VM of 256 MiB take", "after", "used by the pool");
        try (Laboratory laboratory = Laboratory.open(cluster)) {
            laboratory.apply(Manifests.tiny("idle", 1));
            Machine idle = laboratory.machine("idle");
            idle.awaitGuest();
            String node = idle.node();
            long before = cluster.poolBytes(node);
            Tree tree = new Tree(laboratory, "idle");
            for (int i = 0; i < IDLE; i++) {
                var _ = tree.take("idle-" + i, "Standard");
            }
            table.row(IDLE + " Standard checkpoints", Mebibytes.of(cluster.poolBytes(node) - before));
            for (int i = 0; i < IDLE; i++) {
                tree.delete("idle-" + i);
            }
            laboratory
                    .await("the claims of all memories gone", Duration.ofMinutes(3))
                    .until(
                            () -> laboratory
                                    .client()
                                    .persistentVolumeClaims()
                                    .inNamespace(laboratory.namespace())
                                    .list()
                                    .getItems()
                                    .stream()
                                    .noneMatch(claim ->
                                            claim.getMetadata().getName().endsWith("-memory")));
            table.row("all of them were deleted", Mebibytes.of(cluster.poolBytes(node) - before));
        }
        return table.note("Nothing else was to write to the node's pool meanwhile; the guest's own writes are in it.");
    }

    private static Duration since(Instant begin) {
        return Duration.between(begin, Instant.now());
    }

    /** As the status has it: 40ms or 3.5ms. */
    private static Duration duration(String text) {
        return Duration.ofNanos((long) (Double.parseDouble(text.replace("ms", "")) * 1e6));
    }
}
