package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.KubeHV;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A VM is led at random through writes, checkpoints, ways back, deletions and restarts, beside a model that knows what its disk
 * and its memory must hold, where in the tree it is, and that what a checkpoint keeps stays the same, byte by byte. {@code
 * -Dwalk.seed} makes another walk, {@code -Dwalk.length} a longer one: 200 before a release.
 */
@OnCluster
class CheckpointWalkE2E {
    private static final int LENGTH = Integer.getInteger("walk.length", 24);
    private static final long SEED = Long.getLong("walk.seed", 20261128);
    private static final int MOST_CHECKPOINTS = 6;

    /** What the guest must hold. */
    private record Held(List<String> disk, String memory) {
        Held written(String text) {
            List<String> lines = new ArrayList<>(disk);
            lines.add(text);
            return new Held(List.copyOf(lines), text);
        }

        Held restarted() {
            return new Held(disk, "");
        }
    }

    /** A checkpoint as it must be. */
    private record Kept(Held held, String parent, Map<String, String> sums) {
        Kept under(String other) {
            return new Kept(held, other, sums);
        }
    }

    private final Random random = new Random(SEED);
    private final Map<String, Kept> tree = new LinkedHashMap<>();
    private final List<String> steps = new ArrayList<>();
    private Held now = new Held(List.of(), "");
    private String current;

    private Laboratory laboratory;
    private Machine web;
    private Tree checkpoints;

    @Test
    void a_vm_led_at_random_is_always_what_its_history_says(Laboratory opened) {
        laboratory = opened;
        laboratory.apply(Manifests.tiny("web", 1));
        web = laboratory.machine("web");
        web.awaitGuest();
        checkpoints = new Tree(laboratory, "web");
        for (int i = 0; i < LENGTH; i++) {
            step(i);
            assertGuestIsAsItMust();
        }
        assertTreeIsAsItMust();
    }

    private void step(int number) {
        int choice = random.nextInt(10);
        if (tree.isEmpty() || (choice < 3 && tree.size() < MOST_CHECKPOINTS)) {
            take("c" + number);
        } else if (choice < 6) {
            apply("a" + number, anyOf(tree));
        } else if (choice < 7 || tree.size() == MOST_CHECKPOINTS) {
            delete(anyOf(tree));
        } else if (choice < 8) {
            restart();
        } else {
            write("w" + number);
        }
    }

    private String anyOf(Map<String, ?> map) {
        return List.copyOf(map.keySet()).get(random.nextInt(map.size()));
    }

    private void write(String text) {
        steps.add("write " + text);
        web.mark(text);
        now = now.written(text);
    }

    private void take(String name) {
        steps.add("take " + name);
        Checkpoint taken = checkpoints.take(name, "Standard");
        checkpoints.awaitCurrent(name);
        tree.put(name, new Kept(now, current, sums(taken)));
        current = name;
    }

    private void apply(String name, String checkpoint) {
        steps.add("apply " + checkpoint);
        checkpoints.apply(name, checkpoint, false);
        checkpoints.awaitCurrent(checkpoint);
        web.awaitGuest();
        now = tree.get(checkpoint).held();
        current = checkpoint;
        assertThat(sums(checkpoints.get(checkpoint)))
                .as("what %s keeps, after it was applied; %s", checkpoint, this)
                .isEqualTo(tree.get(checkpoint).sums());
    }

    private void delete(String name) {
        steps.add("delete " + name);
        assertThat(sums(checkpoints.get(name)))
                .as("what %s keeps, before it is deleted; %s", name, this)
                .isEqualTo(tree.get(name).sums());
        checkpoints.delete(name);
        String parent = tree.remove(name).parent();
        tree.replaceAll((child, kept) -> name.equals(kept.parent()) ? kept.under(parent) : kept);
        current = name.equals(current) ? parent : current;
    }

    private void restart() {
        steps.add("restart");
        double before = web.uptime();
        web.annotate(KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().toString());
        laboratory
                .await("a guest that was restarted", Laboratory.BOOT)
                .ignoreExceptions()
                .until(() -> web.uptime() < before);
        now = now.restarted();
    }

    private void assertGuestIsAsItMust() {
        assertThat(web.read().stream().filter(line -> !line.isBlank()).toList())
                .as("the disk; %s", this)
                .isEqualTo(now.disk());
        assertThat(web.memory()).as("the memory; %s", this).isEqualTo(now.memory());
        assertThat(web.get().getStatus().checkpoint())
                .as("where it is; %s", this)
                .isEqualTo(current);
    }

    private void assertTreeIsAsItMust() {
        tree.forEach((name, kept) -> {
            Checkpoint found = checkpoints.get(name);
            assertThat(found.getStatus().parent())
                    .as("the parent of %s; %s", name, this)
                    .isEqualTo(kept.parent());
            assertThat(sums(found)).as("what %s keeps; %s", name, this).isEqualTo(kept.sums());
        });
    }

    /** Of each kept state of a disk, on its node: its bytes' sum. */
    private Map<String, String> sums(Checkpoint checkpoint) {
        Map<String, String> sums = new LinkedHashMap<>();
        String node = Objects.requireNonNull(checkpoint.getStatus().nodeName());
        Objects.requireNonNull(checkpoint.getStatus().disks()).forEach(disk -> {
            String sum = laboratory
                    .cluster()
                    .onNode(
                            node,
                            "sh",
                            "-c",
                            "sha256sum < \"$(find %s/snapshots -type d -name '%s')/disk.img\""
                                    .formatted(Cluster.POOL, disk.snapshotHandle()));
            assertThat(sum)
                    .as("%s of %s", disk.name(), checkpoint.getMetadata().getName())
                    .isNotBlank();
            sums.put(disk.name(), sum);
        });
        return sums;
    }

    /** What leads to the same end. */
    @Override
    public String toString() {
        return "-Dwalk.seed=" + SEED + ": " + String.join(", ", steps);
    }
}
