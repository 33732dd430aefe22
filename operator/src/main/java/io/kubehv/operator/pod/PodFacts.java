package io.kubehv.operator.pod;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a pod's status says. */
public record PodFacts(Pod pod) {
    /** How volumes begin that no container mounts: the scheduler puts the pod where their claims are. */
    public static final String GUIDE = "sibling-";

    /** What is said of a pod whose node is lost. */
    public static final String NODE_LOST = "its node does not answer, so it is not known whether it runs";

    private static final String NODE_LOST_REASON = "NodeLost";

    /** The kubelet's word that it ended a pod because its node shuts down. */
    private static final String NODE_SHUTS_DOWN = "Terminated";

    private static final String BY_KUBELET = "TerminationByKubelet";

    /** The kubelet's word that a pod may not be on its node. */
    private static final String NOT_ADMITTED = "UnexpectedAdmissionError";

    /** What a container's end is called that nobody saw: by the runtime, and by the kubelet. */
    private static final Set<String> UNSEEN = Set.of("Unknown", "ContainerStatusUnknown");

    /** Waits that are the ordinary way to a start. */
    private static final Set<String> ORDINARY = Set.of("ContainerCreating", "PodInitializing");

    public String uid() {
        return pod.getMetadata().getUid();
    }

    public boolean deleting() {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    public boolean succeeded() {
        return "Succeeded".equals(phase());
    }

    public boolean failed() {
        return "Failed".equals(phase());
    }

    public boolean finished() {
        return succeeded() || failed();
    }

    public boolean running() {
        return "Running".equals(phase());
    }

    /** Someone else ended it (a drain, an eviction, a node that went down), not what ran in it. */
    public boolean disrupted() {
        return is("DisruptionTarget") || (failed() && status().getReason() != null);
    }

    /** The kubelet ended it because its node shut down in order. */
    public boolean shutDownWithNode() {
        return finished() && NODE_SHUTS_DOWN.equals(status().getReason());
    }

    /** The kubelet ended it, and it ended well: why is not said of such a pod. */
    public boolean endedByKubelet() {
        return succeeded()
                && status().getReason() == null
                && condition("DisruptionTarget")
                        .filter(condition -> BY_KUBELET.equals(condition.getReason()))
                        .isPresent();
    }

    /** Nobody saw its end: it was there before its node, or the container runtime, went away, and not afterwards. */
    public boolean endedUnseen() {
        return containers()
                .map(status ->
                        status.getState() == null ? null : status.getState().getTerminated())
                .flatMap(Stream::ofNullable)
                .anyMatch(end -> end.getReason() != null && UNSEEN.contains(end.getReason()));
    }

    /**
     * The kubelet did not let it in. Of a pod that had run, it is the sign that its node was restarted: a kubelet lets its
     * pods in anew then, and does not find the devices of a plug-in that starts later.
     */
    public boolean notAdmitted() {
        return failed() && NOT_ADMITTED.equals(status().getReason());
    }

    /**
     * Its node no longer reports: then the cluster takes back that the pod is ready, and what its containers were said
     * to be stays as it was.
     */
    public boolean nodeLost() {
        return !finished()
                && (NODE_LOST_REASON.equals(status().getReason())
                        || (running() && is("ContainersReady") && unsure("Ready")));
    }

    public Optional<String> nodeName() {
        return Optional.ofNullable(pod.getSpec().getNodeName());
    }

    public List<String> addresses() {
        if (status().getPodIPs() == null) {
            return List.of();
        }
        return status().getPodIPs().stream().map(PodIP::getIp).toList();
    }

    /** How the container of this name ended, once it has. */
    public Optional<ContainerStateTerminated> ended(String container) {
        return containers()
                .filter(status -> status.getName().equals(container))
                .map(status ->
                        status.getState() == null ? null : status.getState().getTerminated())
                .flatMap(Stream::ofNullable)
                .findFirst();
    }

    /** The last words of the container that ended, or of the kubelet about the pod. */
    public String lastWords(String container) {
        return ended(container)
                .map(ContainerStateTerminated::getMessage)
                .or(() -> Optional.ofNullable(status().getMessage()))
                .map(String::strip)
                .orElse("");
    }

    /** How long the container ran. */
    public Duration ran(String container) {
        return ended(container)
                .filter(end -> end.getStartedAt() != null && end.getFinishedAt() != null)
                .map(end -> Duration.between(Instant.parse(end.getStartedAt()), Instant.parse(end.getFinishedAt())))
                .orElse(Duration.ZERO);
    }

    /** When it ended: of the container, else of the pod's last condition, else when it was made. */
    public Instant endedAt(String container) {
        return ended(container)
                .map(ContainerStateTerminated::getFinishedAt)
                .map(Instant::parse)
                .or(this::lastTransition)
                .orElseGet(() -> Instant.parse(pod.getMetadata().getCreationTimestamp()));
    }

    /** Why it can't start, in the words of the scheduler or the kubelet. */
    public Optional<Problem> problem() {
        if (finished()) {
            return Optional.empty();
        }
        Optional<Problem> unscheduled = condition("PodScheduled")
                .filter(condition -> "False".equals(condition.getStatus()) && condition.getReason() != null)
                .map(condition -> new Problem(condition.getReason(), text(condition.getMessage())));
        return unscheduled
                .or(this::sidecarFailed)
                .or(() -> containers()
                        .map(status -> status.getState() == null
                                ? null
                                : status.getState().getWaiting())
                        .flatMap(Stream::ofNullable)
                        .filter(waiting -> waiting.getReason() != null && !ORDINARY.contains(waiting.getReason()))
                        .map(waiting -> new Problem(waiting.getReason(), text(waiting.getMessage())))
                        .findFirst());
    }

    /** Why it does not get the resources that it should have now, in the words of the kubelet. */
    public Optional<Problem> resizeProblem() {
        return Stream.of("PodResizePending", "PodResizeInProgress")
                .flatMap(type -> condition(type).stream())
                .filter(condition -> "True".equals(condition.getStatus()) && condition.getReason() != null)
                .map(condition -> new Problem(condition.getReason(), text(condition.getMessage())))
                .findFirst();
    }

    /** The kubelet restarts a sidecar that ended before the pod's own containers run, and meanwhile says only how it ended. */
    private Optional<Problem> sidecarFailed() {
        if (status().getInitContainerStatuses() == null) {
            return Optional.empty();
        }
        return status().getInitContainerStatuses().stream()
                .filter(container -> !Boolean.TRUE.equals(container.getStarted()))
                .flatMap(container -> Stream.of(container.getState(), container.getLastState())
                        .flatMap(Stream::ofNullable)
                        .map(ContainerState::getTerminated)
                        .flatMap(Stream::ofNullable)
                        .limit(1)
                        .filter(end -> end.getExitCode() != null && end.getExitCode() != 0)
                        .map(end -> new Problem(
                                "ContainerFailed",
                                "its container \"" + container.getName() + "\" ended with exit code "
                                        + end.getExitCode() + ": "
                                        + text(end.getMessage()).strip())))
                .findFirst();
    }

    public String annotation(String name) {
        return annotations().getOrDefault(name, "");
    }

    public String label(String name) {
        Map<String, String> labels = pod.getMetadata().getLabels();
        return labels == null ? "" : labels.getOrDefault(name, "");
    }

    /** The claims that its containers mount; volumes that only guide the scheduler are left out. */
    public Stream<ClaimVolume> claims() {
        if (pod.getSpec().getVolumes() == null) {
            return Stream.empty();
        }
        return pod.getSpec().getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null)
                .filter(volume -> !volume.getName().startsWith(GUIDE))
                .map(volume -> new ClaimVolume(
                        volume.getPersistentVolumeClaim().getClaimName(),
                        Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly())));
    }

    private Optional<Instant> lastTransition() {
        return status().getConditions() == null
                ? Optional.empty()
                : status().getConditions().stream()
                        .map(PodCondition::getLastTransitionTime)
                        .flatMap(Stream::ofNullable)
                        .map(Instant::parse)
                        .max(Instant::compareTo);
    }

    private Map<String, String> annotations() {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    private String phase() {
        return text(status().getPhase());
    }

    private PodStatus status() {
        return pod.getStatus() == null ? new PodStatus() : pod.getStatus();
    }

    private Stream<ContainerStatus> containers() {
        return Stream.of(status().getInitContainerStatuses(), status().getContainerStatuses())
                .flatMap(Stream::ofNullable)
                .flatMap(List::stream);
    }

    private boolean is(String type) {
        return condition(type)
                .filter(condition -> "True".equals(condition.getStatus()))
                .isPresent();
    }

    private boolean unsure(String type) {
        return condition(type)
                .filter(condition -> !"True".equals(condition.getStatus()))
                .isPresent();
    }

    private Optional<PodCondition> condition(String type) {
        return status().getConditions() == null
                ? Optional.empty()
                : status().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    /** Why a pod can't start. */
    public record Problem(String reason, String message) {}

    /** A claim among a pod's volumes. */
    public record ClaimVolume(String claim, boolean readOnly) {}
}
