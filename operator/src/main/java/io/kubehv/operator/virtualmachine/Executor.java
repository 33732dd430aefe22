package io.kubehv.operator.virtualmachine;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.DerivedName;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.GracePeriod;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.SavePod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.TemplateDisk;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Carries out a plan's actions. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class Executor {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int UNPROCESSABLE = 422;

    /** Nothing tells when a pod of someone else is gone, or a quota is raised. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final OperatorSettings settings;

    public Executor(KubernetesClient client, OperatorSettings settings) {
        this.client = client;
        this.settings = settings;
    }

    /**
     * Does what the plan wants, with an identity that is in the VM's status.
     *
     * @return what the VM comes to instead, when the cluster refuses its pod
     */
    public Optional<Plan> execute(Observed observed, Plan plan, Identity identity, MachineSources sources) {
        for (Action action : plan.actions()) {
            Optional<Plan> setback = action instanceof Action.CreatePod create
                    ? createPod(observed, create, identity, sources)
                    : perform(observed, action, sources);
            if (setback.isPresent()) {
                return setback;
            }
        }
        return Optional.empty();
    }

    private Optional<Plan> perform(Observed observed, Action action, MachineSources sources) {
        VirtualMachine machine = observed.machine();
        switch (action) {
            case Action.CreatePod create -> throw new IllegalArgumentException("a pod needs an identity: " + create);
            case Action.DeletePod delete -> deletePod(machine, delete.pod());
            case Action.LabelPod label -> label(machine, label.pod());
            case Action.CreateTemplate template ->
                unlessThere(() -> client.resource(TemplateDisk.desired(machine, template.disk()))
                        .create());
            case Action.CreateKeyProtector create -> {
                unlessThere(() -> client.resource(KeyProtector.desired(machine)).create());
                if (create.guestState() != null) {
                    noteKeyProtector(machine, create.guestState());
                }
            }
            case Action.CreateGuestState _ ->
                unlessThere(() -> client.resource(GuestState.desired(machine, storageClass(observed)))
                        .create());
            case Action.CreateSavedState create -> applySavedState(observed, create.running());
            case Action.CreateSavePod create ->
                unlessThere(() -> sources.made(client.resource(SavePod.desired(machine, create.nodeName(), settings))
                        .create()));
            case Action.MarkSavedState mark -> mark(mark.claim(), mark.savedAt());
            case Action.DeleteSavedState delete ->
                unlessGone(() -> client.resource(delete.claim()).delete());
        }
        return Optional.empty();
    }

    private Optional<Plan> createPod(
            Observed observed, Action.CreatePod create, Identity identity, MachineSources sources) {
        VirtualMachine machine = observed.machine();
        Pod desired = create.resume()
                ? LauncherPod.resumed(
                        machine, SavedState.contents(Objects.requireNonNull(observed.savedState())), create.crashes())
                : LauncherPod.desired(machine, identity, observed.disks(), settings, create.crashes());
        try {
            sources.made(client.resource(desired).create());
            return Optional.empty();
        } catch (KubernetesClientException e) {
            return switch (e.getCode()) {
                case HttpURLConnection.HTTP_CONFLICT -> nameTaken(machine);
                case HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE ->
                    Optional.of(refused(Reason.POD_REFUSED, "the cluster refuses its pod: " + words(e)));
                default -> throw e;
            };
        }
    }

    /** A pod of the VM's name: either its own, which the cache does not show yet, or another's, which is left alone. */
    private Optional<Plan> nameTaken(VirtualMachine machine) {
        Pod present = client.pods()
                .inNamespace(machine.getMetadata().getNamespace())
                .withName(DerivedName.ofPod(machine.getMetadata().getName()))
                .get();
        if (present == null || LauncherPod.isOf(machine, present)) {
            return Optional.empty();
        }
        return Optional.of(refused(
                Reason.POD_NAME_TAKEN,
                "there is a pod \"" + DerivedName.ofPod(machine.getMetadata().getName())
                        + "\" that is not this VM's; delete that pod or give the VM another name"));
    }

    private static Plan refused(Reason reason, String message) {
        return Plan.of(VirtualMachineState.OFF, Verdict.no(reason, message)).lookAgain(LOOK_AGAIN);
    }

    private static String words(KubernetesClientException e) {
        return e.getStatus() == null || e.getStatus().getMessage() == null
                ? String.valueOf(e.getMessage())
                : e.getStatus().getMessage();
    }

    private void deletePod(VirtualMachine machine, Pod pod) {
        boolean runs = LauncherPod.isOf(machine, pod) && !new PodFacts(pod).finished();
        // By its UID: a cache that lags must not cost a newer pod of the same name its life.
        DeleteOptions exactly = new DeleteOptionsBuilder()
                .withGracePeriodSeconds(runs ? (Long) GracePeriod.seconds(machine.getSpec()) : null)
                .withNewPreconditions()
                .withUid(pod.getMetadata().getUid())
                .endPreconditions()
                .build();
        String path = "/api/v1/namespaces/%s/pods/%s"
                .formatted(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
        unlessGone(() -> client.raw(path, "DELETE", exactly));
    }

    private void label(VirtualMachine machine, Pod pod) {
        ObjectNode metadata = JSON.createObjectNode();
        LauncherPod.patch(machine, pod).forEach(metadata.withObjectProperty("labels")::put);
        LauncherPod.labelNote(machine).forEach(metadata.withObjectProperty("annotations")::put);
        merge(pod, metadata);
    }

    private void applySavedState(Observed observed, Pod running) {
        String storageClass = storageClass(observed);
        PersistentVolumeClaim present = observed.savedState();
        String kept = present == null ? storageClass : present.getSpec().getStorageClassName();
        client.resource(SavedState.desired(observed.machine(), running, kept))
                .patch(new PatchContext.Builder()
                        .withPatchType(PatchType.SERVER_SIDE_APPLY)
                        .withFieldManager(KubeHV.OPERATOR_FIELD_MANAGER)
                        .withForce(true)
                        .build());
    }

    /** What belongs to the machine is kept where its disks are. */
    private static @Nullable String storageClass(Observed observed) {
        return observed.disks().stream()
                .map(ResolvedDisk::storageClass)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .orElse(null);
    }

    private void noteKeyProtector(VirtualMachine machine, PersistentVolumeClaim guestState) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.withObjectProperty("annotations").put(GuestState.KEY_PROTECTOR_ANNOTATION, KeyProtector.name(machine));
        merge(guestState, metadata);
    }

    private void mark(PersistentVolumeClaim claim, @Nullable String savedAt) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.withObjectProperty("annotations").put(SavedState.SAVED_AT_ANNOTATION, savedAt);
        merge(claim, metadata);
    }

    private void merge(HasMetadata resource, ObjectNode metadata) {
        String patch = JSON.createObjectNode().set("metadata", metadata).toString();
        unlessGone(() -> client.resource(resource).patch(PatchContext.of(PatchType.JSON_MERGE), patch));
    }

    private static void unlessThere(Runnable create) {
        try {
            create.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Made before, by a pass whose result the cache does not show yet.
        }
    }

    private static void unlessGone(Runnable change) {
        try {
            change.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            // Gone is what was wanted, or what can't be helped: the watch tells of it.
        }
    }
}
