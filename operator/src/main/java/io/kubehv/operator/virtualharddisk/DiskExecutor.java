package io.kubehv.operator.virtualharddisk;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.Writes;
import io.kubehv.operator.pod.PodRoles;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualharddisk.dependent.DiskClaim;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;

/** Carries out a disk's plan. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class DiskExecutor {
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final OperatorSettings settings;

    public DiskExecutor(KubernetesClient client, OperatorSettings settings) {
        this.client = client;
        this.settings = settings;
    }

    /**
     * Does what the plan wants.
     *
     * @return what the disk comes to instead, when the cluster refuses
     */
    public Optional<DiskPlan> execute(ObservedDisk observed, DiskPlan plan, DiskSources sources) {
        for (DiskAction action : plan.actions()) {
            Optional<DiskPlan> setback;
            try {
                setback = perform(observed, action, sources);
            } catch (KubernetesClientException e) {
                if (!Refusal.is(e)) {
                    throw e;
                }
                setback = Optional.of(refused(plan, action, Refusal.words(e)));
            }
            if (setback.isPresent()) {
                return setback;
            }
        }
        return Optional.empty();
    }

    /** A disk that holds what it should can be attached, whatever else of it is refused. */
    static DiskPlan refused(DiskPlan plan, DiskAction action, String words) {
        return switch (action) {
            case DiskAction.CreateClaim _ -> pending(Reason.CLAIM_REFUSED, "the cluster refuses its claim: " + words);
            case DiskAction.CreateImportPod _ ->
                pending(Reason.POD_REFUSED, "the cluster refuses its import's pod: " + words)
                        .after(plan.failures());
            case DiskAction.MarkFilled _ ->
                pending(Reason.CHANGE_REFUSED, "the cluster refuses to note on its claim that it is filled: " + words);
            case DiskAction.GrowClaim _ ->
                usable(plan, Reason.GROWTH_REFUSED, "the cluster refuses to let its claim grow: " + words);
            case DiskAction.DeletePod _ ->
                usable(plan, Reason.CHANGE_REFUSED, "the cluster does not let its import's pod be deleted: " + words);
        };
    }

    private static DiskPlan usable(DiskPlan plan, Reason reason, String message) {
        Verdict verdict = plan.ready().holds()
                ? Verdict.yes(reason, "it can be attached, but " + message)
                : Verdict.no(reason, message);
        return DiskPlan.of(plan.phase(), verdict).after(plan.failures()).lookAgain(LOOK_AGAIN);
    }

    private Optional<DiskPlan> perform(ObservedDisk observed, DiskAction action, DiskSources sources) {
        return switch (action) {
            case DiskAction.CreateClaim create -> createClaim(observed, create.copy(), sources);
            case DiskAction.CreateImportPod create -> createPod(observed, create.attempt(), sources);
            case DiskAction.GrowClaim grow ->
                change(
                        sources,
                        grow.claim(),
                        "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"%d\"}}}}".formatted(grow.bytes()));
            case DiskAction.MarkFilled filled ->
                change(
                        sources,
                        filled.claim(),
                        DiskClaim.filledPatch(filled.claim(), ImportPod.source(observed.disk())));
            case DiskAction.DeletePod delete -> {
                Writes.delete(client, delete.pod());
                yield Optional.empty();
            }
        };
    }

    private Optional<DiskPlan> createClaim(ObservedDisk observed, boolean clone, DiskSources sources) {
        VirtualHardDisk disk = observed.disk();
        PersistentVolumeClaim desired = clone
                ? DiskClaim.clone(disk, observed.storage(), settings)
                : DiskClaim.desired(disk, observed.storage(), settings);
        try {
            sources.made(client.resource(desired).create());
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            return nameTaken(disk, e, sources);
        }
    }

    /** The name is another's; or the disk's own claim is there, unseen: then nothing may follow from its absence. */
    private Optional<DiskPlan> nameTaken(VirtualHardDisk disk, KubernetesClientException e, DiskSources sources) {
        String name = disk.getMetadata().getName();
        PersistentVolumeClaim present = client.persistentVolumeClaims()
                .inNamespace(disk.getMetadata().getNamespace())
                .withName(name)
                .get();
        if (present != null && !Owners.owns(disk, present)) {
            return Optional.of(
                    pending(
                            Reason.DISK_NAME_TAKEN,
                            "there is a PersistentVolumeClaim \"" + name
                                    + "\" that is not this disk's; a VM can use it by persistentVolumeClaim, or give the disk another name"));
        }
        if (present != null) {
            // Claims are watched by this label, and somebody may have removed it.
            String label = "{\"metadata\":{\"labels\":{\"%s\":\"%s\"}}}".formatted(PodRoles.LABEL, PodRoles.DISK);
            sources.made(client.resource(present).patch(PatchContext.of(PatchType.JSON_MERGE), label));
        }
        throw e;
    }

    private static DiskPlan pending(Reason reason, String message) {
        return DiskPlan.of(VirtualHardDiskPhase.PENDING, Verdict.no(reason, message))
                .lookAgain(LOOK_AGAIN);
    }

    private Optional<DiskPlan> createPod(ObservedDisk observed, int attempt, DiskSources sources) {
        Pod desired = ImportPod.desired(observed, attempt, settings);
        try {
            sources.made(client.resource(desired).create());
            return Optional.empty();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Made before, or the last one is still going: the watch tells. Another's is left alone.
            return Optional.ofNullable(client.resource(desired).get())
                    .filter(present -> !Owners.owns(observed.disk(), present))
                    .map(present -> pending(
                            Reason.POD_NAME_TAKEN,
                            "there is a pod \"" + present.getMetadata().getName()
                                    + "\" that is not this disk's; delete that pod or give the disk another name"));
        }
    }

    /** The next decision must see it: a disk that still looks empty would be filled again. */
    private Optional<DiskPlan> change(DiskSources sources, PersistentVolumeClaim claim, String patch) {
        Writes.unlessGone(() ->
                sources.changed(client.resource(claim).patch(PatchContext.of(PatchType.JSON_MERGE), patch), claim));
        return Optional.empty();
    }
}
