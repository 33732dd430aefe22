package io.kubehv.e2e.bench;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.e2e.Laboratory;
import io.kubehv.e2e.bench.Timeline.Mark;
import java.time.Instant;
import java.util.Map;
import java.util.function.BiConsumer;

/** Sees the VMs of a namespace start, through the API as any watcher does. */
final class StartWatch implements AutoCloseable {
    private final Map<String, Timeline> timelines;
    private final Watch pods;
    private final Watch machines;

    /** Watches the VMs that have a timeline. */
    StartWatch(Laboratory laboratory, Map<String, Timeline> timelines) {
        this.timelines = timelines;
        this.pods =
                laboratory.client().pods().inNamespace(laboratory.namespace()).watch(new Events<>(this::onPod));
        this.machines = laboratory
                .client()
                .resources(VirtualMachine.class)
                .inNamespace(laboratory.namespace())
                .watch(new Events<>(this::onMachine));
    }

    private void onPod(Pod pod, Instant at) {
        String name = pod.getMetadata().getName();
        Timeline timeline = timelines.get(name);
        if (timeline == null || pod.getMetadata().getDeletionTimestamp() != null) {
            return;
        }
        timeline.mark(Mark.POD_CREATED, at);
        if (pod.getSpec().getNodeName() != null) {
            timeline.mark(Mark.SCHEDULED, at);
        }
    }

    private void onMachine(VirtualMachine machine, Instant at) {
        Timeline timeline = timelines.get(machine.getMetadata().getName());
        if (timeline != null
                && machine.getStatus() != null
                && machine.getStatus().state() == VirtualMachineState.RUNNING) {
            timeline.mark(Mark.RUNNING, at);
        }
    }

    @Override
    public void close() {
        pods.close();
        machines.close();
    }

    /** What arrives, with the time of its arrival. */
    private record Events<T>(BiConsumer<T, Instant> receiver) implements Watcher<T> {
        @Override
        public void eventReceived(Action action, T object) {
            if (action == Action.ADDED || action == Action.MODIFIED) {
                receiver.accept(object, Instant.now());
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            System.err.println("A watch broke, so times after this are missing: " + cause);
        }
    }
}
