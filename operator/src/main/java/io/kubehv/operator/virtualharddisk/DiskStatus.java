package io.kubehv.operator.virtualharddisk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.ConditionTypes;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import io.kubehv.api.v1alpha1.VirtualHardDiskStatus;
import io.kubehv.operator.status.Conditions;
import io.kubehv.operator.status.StatusApply;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A disk's status: built once a pass, stored by server-side apply when it differs, on the version it was decided on. */
@ApplicationScoped
public class DiskStatus {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final KubernetesClient client;

    public DiskStatus(KubernetesClient client) {
        this.client = client;
    }

    /** Whether a disk can be attached. */
    public static boolean isReady(VirtualHardDisk disk) {
        return disk.getStatus() != null && new Conditions(disk.getStatus().conditions()).holds(ConditionTypes.READY);
    }

    /**
     * Stores what a pass decided.
     *
     * @return the disk as it is stored now; empty if nothing had to be written
     * @throws io.fabric8.kubernetes.client.KubernetesClientException with code 409 if the disk has moved
     */
    public Optional<VirtualHardDisk> write(ObservedDisk observed, DiskPlan plan) {
        VirtualHardDiskStatus status = build(observed, plan);
        if (status.equals(observed.disk().getStatus())) {
            return Optional.empty();
        }
        VirtualHardDisk patch = new VirtualHardDisk();
        patch.setMetadata(StatusApply.toVersion(observed.disk()));
        patch.setStatus(status);
        return Optional.of(StatusApply.store(client, patch, KubeHV.OPERATOR_FIELD_MANAGER));
    }

    static VirtualHardDiskStatus build(ObservedDisk observed, DiskPlan plan) {
        VirtualHardDisk disk = observed.disk();
        Long generation = disk.getMetadata().getGeneration();
        boolean ready = plan.phase() == VirtualHardDiskPhase.READY;
        return new VirtualHardDiskStatus(
                plan.phase(),
                progress(observed, plan),
                ready ? (Long) DiskSize.bytes(disk.getSpec().size()) : null,
                format(observed),
                observed.mine() && (observed.claim() != null || ready)
                        ? disk.getMetadata().getName()
                        : null,
                filledClaim(observed, plan),
                plan.failures() == 0 ? null : (Integer) plan.failures(),
                generation,
                observed.conditions().ready(plan.ready(), generation, observed.now()));
    }

    /** Remembered for the claim's life. */
    private static @Nullable String filledClaim(ObservedDisk observed, DiskPlan plan) {
        PersistentVolumeClaim claim = observed.claim();
        boolean fills = plan.actions().stream().anyMatch(DiskAction.MarkFilled.class::isInstance);
        return claim != null && (observed.filled() || fills)
                ? claim.getMetadata().getUid()
                : null;
    }

    private static @Nullable String progress(ObservedDisk observed, DiskPlan plan) {
        return switch (plan.phase()) {
            case READY -> "100%";
            case IMPORTING ->
                observed.progress() == null
                        ? before(observed)
                        : observed.progress().phase() + " "
                                + observed.progress().percent() + "%";
            case PENDING, FAILED -> null;
        };
    }

    private static @Nullable String before(ObservedDisk observed) {
        VirtualHardDiskStatus status = observed.disk().getStatus();
        boolean importing = status != null && status.phase() == VirtualHardDiskPhase.IMPORTING;
        return importing ? status.progress() : null;
    }

    private static @Nullable String format(ObservedDisk observed) {
        VirtualHardDiskStatus status = observed.disk().getStatus();
        String known = status == null ? null : status.format();
        return observed.podFacts()
                .filter(pod -> pod.succeeded())
                .map(pod -> parse(pod.lastWords(ImportPod.CONTAINER)).path("format"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .orElse(known);
    }

    private static JsonNode parse(String words) {
        try {
            JsonNode told = JSON.readTree(words);
            return told == null ? MissingNode.getInstance() : told;
        } catch (JsonProcessingException e) {
            // A pod that only lets the driver clone says nothing.
            return MissingNode.getInstance();
        }
    }
}
