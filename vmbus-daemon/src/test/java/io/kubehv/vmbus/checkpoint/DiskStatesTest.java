package io.kubehv.vmbus.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.api.v1alpha1.CheckpointCapture;
import io.kubehv.api.v1alpha1.CheckpointCapture.Snapshot;
import io.kubehv.api.v1alpha1.CheckpointDisk;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.ForeignDisk;
import io.kubehv.hv.checkpoint.WrittenRange;
import io.kubehv.vmbus.fault.CheckpointException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Disks of our own driver and of others; the operator is played by the outlet. */
class DiskStatesTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private Consumer<CheckpointOrder> operator = order -> {};

    private final VolumeSnapshots own = new VolumeSnapshots() {
        @Override
        public Collection<String> ahead(String name, List<String> volumes, Map<String, List<WrittenRange>> written) {
            calls.add("ahead " + volumes);
            return volumes;
        }

        @Override
        public Cut cut(String name, List<String> volumes, Map<String, List<WrittenRange>> written, Duration limit) {
            calls.add("cut " + volumes);
            return new Cut(name, List.of(new Snapshot("ours", "snapshot", null)));
        }

        @Override
        public void delete(String handle, List<String> snapshots) {
            calls.add("delete " + handle);
        }

        @Override
        public void revert(String volume, String snapshot, String token) {
            calls.add("revert " + volume);
        }
    };

    private final DiskStates disks = new DiskStates(Path.of("no-pods"), own, this::told);

    private void told(CheckpointOrder order, CheckpointCapture capture, Runnable whenThere) {
        calls.add(capture.stage().toString());
        operator.accept(order);
        whenThere.run();
    }

    private static CheckpointOrder order(CheckpointType type, List<String> ours, boolean kept) {
        return new CheckpointOrder(
                "shop",
                "before",
                "uid-1",
                "pod",
                type,
                false,
                null,
                Stream.concat(
                                ours.stream().map(volume -> new CheckpointDisk("root", "root", volume, null, null)),
                                Stream.of(new CheckpointDisk("data", "data", "42", null, null)
                                        .with(new ForeignDisk(
                                                "other.example", "gold", kept ? "2026-01-01T00:00:00Z" : null, null))))
                        .toList(),
                false,
                null);
    }

    @Test
    void the_disks_of_our_own_driver_are_kept_before_the_others_are() {
        CheckpointOrder order = order(CheckpointType.STANDARD, List.of("ours"), false);
        operator = asked -> disks.isTold(order(asked.type(), asked.volumes(), true));

        VolumeSnapshots.Cut cut = disks.cut(order, LONG, LONG);

        assertThat(cut.snapshots()).hasSize(1);
        assertThat(calls).containsExactly("cut [ours]", "CUTTING");
    }

    @Test
    void nothing_is_asked_of_our_own_driver_that_has_none_of_the_disks() {
        CheckpointOrder order = order(CheckpointType.STANDARD, List.of(), false);
        operator = asked -> disks.isTold(order(asked.type(), asked.volumes(), true));

        assertThat(disks.ahead(order, Map.of())).isEmpty();
        VolumeSnapshots.Cut cut = disks.cut(order, LONG, LONG);
        disks.remove(order);
        disks.delete(cut.handle(), cut.snapshots());

        assertThat(cut.handle()).isNull();
        assertThat(calls).containsExactly("CUTTING");
    }

    @Test
    void a_guest_waits_no_longer_than_it_can_for_a_driver_that_does_not_answer() {
        CheckpointOrder order = order(CheckpointType.PRODUCTION, List.of("ours"), false);
        // What is not kept yet, and what was kept in another attempt, are no answers.
        operator = asked -> {
            disks.isTold(asked);
            disks.isTold(order(CheckpointType.STANDARD, asked.volumes(), true));
        };

        assertThatThrownBy(() -> disks.cut(order, LONG, SHORT))
                .isInstanceOfSatisfying(CheckpointException.class, failure -> {
                    assertThat(failure.reason()).isEqualTo("DriverTooSlow");
                    assertThat(failure).hasMessageContaining("50ms").hasMessageContaining("data (other.example)");
                });
        // It comes too late, and nobody waits for it.
        disks.isTold(order(CheckpointType.PRODUCTION, List.of("ours"), true));

        disks.remove(order);
        assertThat(calls).containsExactly("cut [ours]", "CUTTING", "cut [ours]", "delete checkpoint-uid-1-production");
    }
}
