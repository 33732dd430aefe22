package io.kubehv.operator.virtualharddisk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.HttpSource;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.claim.ClaimConflict;
import io.kubehv.operator.claim.ClaimUse;
import io.kubehv.operator.claim.DiskClaims;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.virtualharddisk.ObservedDisk.Parent;
import io.kubehv.operator.virtualharddisk.ObservedDisk.Progress;
import io.kubehv.operator.virtualharddisk.ObservedDisk.Storage;
import io.kubehv.operator.virtualharddisk.dependent.ImportPod;
import io.kubehv.operator.virtualharddisk.dependent.Placement;
import io.kubehv.operator.virtualmachine.MachineDisks;
import io.kubehv.operator.virtualmachine.MachineIndex;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Collects what a decision about a disk is made from. */
@ApplicationScoped
public class DiskObserver {
    private static final Logger LOG = Logger.getLogger(DiskObserver.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final KubernetesClient client;
    private final Clock clock;
    private final DiskClaims diskClaims;
    private final MachineIndex machines;

    public DiskObserver(KubernetesClient client, Clock clock, DiskClaims diskClaims, MachineIndex machines) {
        this.client = client;
        this.clock = clock;
        this.diskClaims = diskClaims;
        this.machines = machines;
    }

    public ObservedDisk observe(VirtualHardDisk disk, DiskSources sources) {
        String namespace = disk.getMetadata().getNamespace();
        String name = disk.getMetadata().getName();
        PersistentVolumeClaim claim = sources.claim(namespace, name).orElse(null);
        Pod pod = sources.pod(namespace, ImportPod.name(disk))
                .filter(found -> Owners.owns(disk, found))
                .orElse(null);
        return new ObservedDisk(
                disk,
                claim,
                pod,
                storage(disk, claim, sources),
                disk.getSpec().parent() == null ? null : parent(disk, sources),
                pod == null ? null : progress(pod),
                referenced(disk, claim),
                placement(disk, sources),
                clock.instant());
    }

    /** By the rules of a VM that uses the disk, and beside its other disks that need nothing of this one. */
    private @Nullable Placement placement(VirtualHardDisk disk, DiskSources sources) {
        String namespace = disk.getMetadata().getNamespace();
        String name = disk.getMetadata().getName();
        List<VirtualMachine> users = machines.users(namespace, name);
        if (users.isEmpty()) {
            return Placement.noted(disk);
        }
        VirtualMachine machine = users.getFirst();
        List<Disk> disks = CheckpointOrigin.disksOf(machine);
        List<String> siblings = disks.stream()
                .filter(other -> !MachineDisks.claimName(machine, other).equals(name))
                .filter(other -> isWhereItIs(machine, other, sources))
                .map(other -> MachineDisks.claimName(machine, other))
                .toList();
        return Placement.with(machine, siblings);
    }

    /** A clone follows its parent, which may be this disk; a claim of the user's own counts once it is there. */
    private boolean isWhereItIs(VirtualMachine machine, Disk other, DiskSources sources) {
        String namespace = machine.getMetadata().getNamespace();
        String claim = MachineDisks.claimName(machine, other);
        if (MachineDisks.isOfCheckpoint(other)) {
            // Where it comes to be is known, so the import waits for it.
            return true;
        }
        return sources.disk(namespace, claim)
                .map(found -> found.getSpec().parent() == null)
                .orElseGet(() -> other.persistentVolumeClaim() != null && machines.hasClaim(namespace, claim));
    }

    private static Storage storage(VirtualHardDisk disk, @Nullable PersistentVolumeClaim claim, DiskSources sources) {
        String named = claim == null
                ? disk.getSpec().storageClassName()
                : claim.getSpec().getStorageClassName();
        Optional<StorageClass> found = named == null ? sources.defaultClass() : sources.storageClass(named);
        return new Storage(
                named == null
                        ? found.map(storageClass -> storageClass.getMetadata().getName())
                                .orElse(null)
                        : named,
                found.map(StorageClass::getProvisioner)
                        .filter(KubeHV.CSI_DRIVER::equals)
                        .isPresent(),
                named != null && found.isEmpty());
    }

    private Parent parent(VirtualHardDisk disk, DiskSources sources) {
        String namespace = disk.getMetadata().getNamespace();
        String name =
                disk.getSpec().parent() == null ? "" : disk.getSpec().parent().name();
        VirtualHardDisk parent = sources.disk(namespace, name).orElse(null);
        String writer = diskClaims
                .conflict(disk.getMetadata().getUid(), new ClaimUse(ClaimUse.key(namespace, name), true))
                .map(ClaimConflict::holder)
                .orElse(null);
        return new Parent(
                name,
                parent,
                sources.claim(namespace, name).orElse(null),
                parent != null && DiskStatus.isReady(parent),
                writer);
    }

    /** The last line of an importer that runs, as far as it can be read: progress is a courtesy. */
    private @Nullable Progress progress(Pod pod) {
        if (!new PodFacts(pod).running()) {
            return null;
        }
        try {
            String line = client.pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(pod.getMetadata().getName())
                    .inContainer(ImportPod.CONTAINER)
                    .tailingLines(1)
                    .getLog();
            JsonNode told = line == null ? null : JSON.readTree(line);
            return told == null || !told.path("percent").isNumber()
                    ? null
                    : new Progress(
                            told.path("phase").asText(), told.path("percent").asInt());
        } catch (KubernetesClientException | JsonProcessingException e) {
            LOG.debugf(e, "%s: no progress to read", Owners.key(pod));
            return null;
        }
    }

    /** The versions of what the source names, while that matters: not for a disk that is filled. */
    private String referenced(VirtualHardDisk disk, @Nullable PersistentVolumeClaim claim) {
        HttpSource http = disk.getSpec().http();
        if (http == null || (claim != null && DiskStatus.isReady(disk))) {
            return "";
        }
        String namespace = disk.getMetadata().getNamespace();
        String versions = "";
        if (http.secretName() != null) {
            versions += version(client.secrets()
                    .inNamespace(namespace)
                    .withName(http.secretName())
                    .get());
        }
        if (http.caConfigMapName() != null) {
            versions += version(client.configMaps()
                    .inNamespace(namespace)
                    .withName(http.caConfigMapName())
                    .get());
        }
        return versions;
    }

    private static String version(@Nullable HasMetadata resource) {
        return "/"
                + (resource == null
                        ? ObservedDisk.ABSENT
                        : resource.getMetadata().getResourceVersion());
    }
}
