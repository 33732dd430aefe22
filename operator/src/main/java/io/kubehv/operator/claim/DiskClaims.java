package io.kubehv.operator.claim;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.operator.pod.PodFacts;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The lock on disks. {@link #acquire} and what it compares are one step, so of two that ask at once one is refused; a
 * grant holds until the cache shows the very pod that was made on it, from where on the pod itself is the record. Any
 * thread may call.
 */
@ApplicationScoped
public class DiskClaims {
    /** Longer than a created pod ever needs to reach the cache; a grant whose pod never came ends then. */
    private static final Duration LONGEST_GRANT = Duration.ofMinutes(1);

    /** The controllers of VMs, of disks and of checkpoints have one each. */
    private static final int CACHES = 3;

    private final Clock clock;
    private final List<Function<String, List<Pod>>> podsByClaim = new CopyOnWriteArrayList<>();
    private final List<BooleanSupplier> allSynced = new CopyOnWriteArrayList<>();
    private final Map<String, Grant> grants = new HashMap<>();

    public DiskClaims(Clock clock) {
        this.clock = clock;
    }

    /**
     * Adds a cache of pods, asked by a claim's key, and whether it shows what is there. It may tell of pods that are yet
     * to come, too.
     */
    public void consult(Function<String, List<Pod>> cache, BooleanSupplier synced) {
        podsByClaim.add(cache);
        allSynced.add(synced);
    }

    /** Whether it knows all there is to know: before that, nothing may be granted. */
    public boolean ready() {
        return allSynced.size() >= CACHES && allSynced.stream().allMatch(BooleanSupplier::getAsBoolean);
    }

    /** Grants all of the uses to an owner, or none: then tells the first that someone else has. */
    public synchronized Optional<ClaimConflict> acquire(String ownerUid, String owner, List<ClaimUse> uses) {
        Instant now = clock.instant();
        grants.values().removeIf(grant -> grant.until().isBefore(now));
        Optional<ClaimConflict> conflict =
                uses.stream().flatMap(use -> conflicts(ownerUid, use)).findFirst();
        if (conflict.isEmpty() && !uses.isEmpty()) {
            grants.put(ownerUid, new Grant(owner, List.copyOf(uses), now.plus(LONGEST_GRANT), null));
        }
        return conflict;
    }

    /** The pod that a grant was for is made; the cache may not show it yet. */
    public synchronized void made(String ownerUid, String podUid) {
        grants.computeIfPresent(
                ownerUid, (uid, grant) -> new Grant(grant.owner(), grant.uses(), grant.until(), podUid));
    }

    /** Ends the owner's grant if the cache shows its pod by now. */
    public synchronized void settle(String ownerUid) {
        grants.computeIfPresent(ownerUid, (uid, grant) -> isShown(grant) ? null : grant);
    }

    /**
     * Whether a pod of the owner's is on its way. To be asked before the cache is looked at: what is not on its way then is in the
     * cache, or not begun.
     */
    public synchronized boolean isGranted(String ownerUid) {
        return grants.containsKey(ownerUid);
    }

    /** Who stands in the way of a use, without asking for it. */
    public synchronized Optional<ClaimConflict> conflict(String ownerUid, ClaimUse use) {
        return conflicts(ownerUid, use).findFirst();
    }

    /** The owner's pod will not come: its grant ends. */
    public synchronized void release(String ownerUid) {
        grants.remove(ownerUid);
    }

    private Stream<ClaimConflict> conflicts(String ownerUid, ClaimUse use) {
        return Stream.concat(byPods(ownerUid, use), byGrants(ownerUid, use));
    }

    private Stream<ClaimConflict> byPods(String ownerUid, ClaimUse use) {
        return podsByClaim.stream()
                .flatMap(cache -> cache.apply(use.claim()).stream())
                .map(PodFacts::new)
                .filter(pod -> !pod.finished() && !controller(pod).getUid().equals(ownerUid))
                .flatMap(pod -> pod.claims()
                        .filter(volume -> use.claim()
                                .equals(ClaimUse.key(pod.pod().getMetadata().getNamespace(), volume.claim())))
                        .filter(volume -> !(use.readOnly() && volume.readOnly()))
                        .map(volume -> new ClaimConflict(use.claim(), words(controller(pod)), !volume.readOnly())));
    }

    private Stream<ClaimConflict> byGrants(String ownerUid, ClaimUse use) {
        return grants.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(ownerUid))
                .filter(entry -> !isShown(entry.getValue()))
                .flatMap(entry -> entry.getValue().uses().stream()
                        .filter(other -> other.claim().equals(use.claim()))
                        .filter(other -> !(use.readOnly() && other.readOnly()))
                        .map(other ->
                                new ClaimConflict(use.claim(), entry.getValue().owner(), !other.readOnly())));
    }

    /** Its pod has all of the claims, so any of them leads to it. */
    private boolean isShown(Grant grant) {
        String claim = grant.uses().getFirst().claim();
        return grant.pod() != null
                && podsByClaim.stream()
                        .flatMap(cache -> cache.apply(claim).stream())
                        .anyMatch(pod -> grant.pod().equals(pod.getMetadata().getUid()));
    }

    private static OwnerReference controller(PodFacts pod) {
        return pod.pod().getMetadata().getOwnerReferences().stream()
                .filter(reference -> Boolean.TRUE.equals(reference.getController()))
                .findFirst()
                .orElseGet(() -> new OwnerReference(
                        "v1", false, false, "Pod", pod.pod().getMetadata().getName(), pod.uid()));
    }

    private static String words(OwnerReference owner) {
        return owner.getKind() + " " + owner.getName();
    }

    /**
     * A grant whose pod the cache does not show yet.
     *
     * @param pod the UID of the pod, once it is made
     */
    private record Grant(
            String owner,
            List<ClaimUse> uses,
            Instant until,
            @Nullable String pod) {}
}
