package io.kubehv.operator.export;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.CaptureState;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointSpec;
import io.kubehv.api.v1alpha1.CheckpointType;
import io.kubehv.api.v1alpha1.Export;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.Writes;
import io.kubehv.operator.export.dependent.ExportClaim;
import io.kubehv.operator.export.dependent.ExportPod;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.Verdict;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Carries out a plan's actions. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class ExportExecutor {
    private final KubernetesClient client;
    private final OperatorSettings settings;

    public ExportExecutor(KubernetesClient client, OperatorSettings settings) {
        this.client = client;
        this.settings = settings;
    }

    /** Does what the plan wants; returns what the cluster refused of it, and then does not do the rest. */
    Optional<Verdict> execute(ObservedExport observed, ExportPlan plan, ExportSources sources) {
        for (ExportAction action : plan.actions()) {
            try {
                Optional<Verdict> refused = perform(observed, action, sources);
                if (refused.isPresent()) {
                    return refused;
                }
            } catch (KubernetesClientException e) {
                if (!Refusal.is(e)) {
                    throw e;
                }
                return Optional.of(Verdict.no(
                        Reason.CHANGE_REFUSED, "the cluster refuses what the export needs: " + Refusal.words(e)));
            }
        }
        return Optional.empty();
    }

    private Optional<Verdict> perform(ObservedExport observed, ExportAction action, ExportSources sources) {
        Export export = observed.export();
        switch (action) {
            case ExportAction.TakeCheckpoint take -> {
                var _ = Writes.unlessThere(() ->
                        client.resource(checkpoint(export, take.machine())).create());
            }
            case ExportAction.CreateClaim create -> {
                var _ = Writes.unlessThere(() -> client.resource(
                                ExportClaim.desired(export, create.disk(), create.source(), create.nodeName()))
                        .create());
            }
            case ExportAction.CreatePod create -> {
                return createPod(observed, create.machine(), sources);
            }
            case ExportAction.DeletePod delete -> Writes.delete(client, delete.pod());
            case ExportAction.DeleteClaim delete -> Writes.delete(client, delete.claim());
            case ExportAction.DeleteCheckpoint delete -> Writes.delete(client, delete.checkpoint());
        }
        return Optional.empty();
    }

    private Optional<Verdict> createPod(ObservedExport observed, VirtualMachine machine, ExportSources sources) {
        Export export = observed.export();
        Pod desired = ExportPod.desired(
                export,
                machine,
                observed.disks(),
                observed.sources(),
                observed.memory(),
                observed.status().captureState(),
                settings);
        if (Writes.unlessThere(() -> sources.made(client.resource(desired).create()))) {
            return Optional.empty();
        }
        // Made before, or the last one is still going: the watch tells. Another's is left alone.
        return Optional.ofNullable(client.resource(desired).get())
                .filter(present -> !Owners.owns(export, present))
                .map(present -> Verdict.no(
                        Reason.POD_NAME_TAKEN,
                        "there is a pod \"" + present.getMetadata().getName()
                                + "\" that is not this export's; delete that pod or give the Export another name"));
    }

    private static Checkpoint checkpoint(Export export, VirtualMachine machine) {
        Checkpoint checkpoint = new Checkpoint();
        checkpoint.setMetadata(new ObjectMetaBuilder()
                .withName(ObservedExport.checkpointName(export))
                .withNamespace(export.getMetadata().getNamespace())
                .withOwnerReferences(Owners.controller(machine))
                .addToLabels(KubeHV.EXPORT_UID_LABEL, export.getMetadata().getUid())
                .build());
        checkpoint.setSpec(new CheckpointSpec(
                machine.getMetadata().getName(),
                Boolean.TRUE.equals(export.getSpec().memory())
                        ? CheckpointType.STANDARD
                        : type(export.getSpec().captureState())));
        return checkpoint;
    }

    /** What is asked for is taken, or nothing; who asks for nothing gets the best that there is. */
    static CheckpointType type(@Nullable CaptureState captureState) {
        return switch (captureState) {
            case null -> CheckpointType.PRODUCTION;
            case DATA_CONSISTENT -> CheckpointType.PRODUCTION_ONLY;
            case CRASH_CONSISTENT -> CheckpointType.STANDARD;
        };
    }
}
