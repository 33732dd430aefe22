package io.kubehv.operator.checkpoint;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.virtualmachine.MachineCheckpoints;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The checkpoints that there are, for whoever else needs to know: their cache is kept once. */
@ApplicationScoped
public class CheckpointIndex implements MachineCheckpoints {
    private final AtomicReference<@Nullable CheckpointSources> sources = new AtomicReference<>();

    void set(CheckpointSources watched) {
        sources.set(watched);
    }

    @Override
    public Optional<Checkpoint> checkpoint(String namespace, String name) {
        return watched().flatMap(watched -> watched.checkpoint(namespace, name));
    }

    List<Checkpoint> ofMachine(String namespace, String machine) {
        return watched().map(watched -> watched.ofMachine(namespace, machine)).orElse(List.of());
    }

    /** The claim with the memory that a checkpoint has kept. */
    public Optional<PersistentVolumeClaim> memory(Checkpoint checkpoint) {
        return watched()
                .flatMap(watched ->
                        watched.claim(checkpoint.getMetadata().getNamespace(), CheckpointMemory.name(checkpoint)));
    }

    Optional<Pod> pod(String namespace, String name) {
        return watched().flatMap(watched -> watched.pod(namespace, name));
    }

    @Override
    public void seen(VirtualMachine machine) {
        watched().ifPresent(watched -> watched.seen(machine));
    }

    private Optional<CheckpointSources> watched() {
        return Optional.ofNullable(sources.get());
    }
}
