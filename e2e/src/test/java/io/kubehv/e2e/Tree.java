package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.CheckpointApplyPhase;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import java.time.Duration;

/** The checkpoints of a VM, as a user has them. */
public final class Tree {
    private static final Duration TAKEN = Duration.ofMinutes(3);

    private final Laboratory laboratory;
    private final String machine;

    public Tree(Laboratory laboratory, String machine) {
        this.laboratory = laboratory;
        this.machine = machine;
    }

    Checkpoint get(String name) {
        return laboratory.object(Checkpoint.class, name).get();
    }

    void ask(String name, String type) {
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata:
                  name: %s
                spec:
                  virtualMachine: %s
                  type: %s
                """.formatted(name, machine, type));
    }

    public Checkpoint take(String name, String type) {
        ask(name, type);
        return await(name, CheckpointPhase.READY);
    }

    Checkpoint await(String name, CheckpointPhase phase) {
        laboratory
                .await("checkpoint " + name + " " + phase, TAKEN)
                .untilAsserted(() -> assertThat(get(name).getStatus())
                        .satisfies(status -> assertThat(status.phase()).isEqualTo(phase)));
        return get(name);
    }

    public void delete(String name) {
        laboratory.object(Checkpoint.class, name).delete();
        laboratory.await("checkpoint " + name + " gone", TAKEN).until(() -> get(name) == null);
    }

    /** Asks for the way back and waits until it is done. */
    public CheckpointApply apply(String name, String checkpoint, boolean checkpointFirst) {
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointApply
                metadata:
                  name: %s
                spec:
                  checkpoint: %s
                  checkpointFirst: %s
                """.formatted(name, checkpoint, checkpointFirst));
        laboratory
                .await("the way back to " + checkpoint, TAKEN)
                .untilAsserted(() -> assertThat(applied(name).getStatus())
                        .satisfies(status -> assertThat(status.phase()).isEqualTo(CheckpointApplyPhase.APPLIED)));
        return applied(name);
    }

    private CheckpointApply applied(String name) {
        return laboratory.object(CheckpointApply.class, name).get();
    }

    String parent(String name) {
        return get(name).getStatus().parent();
    }

    /** Waits until the VM goes on from a checkpoint, and says so in both places. */
    void awaitCurrent(String name) {
        laboratory.await(machine + " at " + name, TAKEN).untilAsserted(() -> {
            assertThat(laboratory.machine(machine).get().getStatus().checkpoint())
                    .isEqualTo(name);
            assertThat(get(name).getStatus().current()).isTrue();
        });
    }
}
