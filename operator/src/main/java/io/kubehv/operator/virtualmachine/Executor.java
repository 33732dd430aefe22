package io.kubehv.operator.virtualmachine;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.OperatorSettings;
import io.kubehv.operator.Owners;
import io.kubehv.operator.Writes;
import io.kubehv.operator.pod.PodFacts;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.AttachmentPod;
import io.kubehv.operator.virtualmachine.dependent.ClonedVolume;
import io.kubehv.operator.virtualmachine.dependent.GracePeriod;
import io.kubehv.operator.virtualmachine.dependent.LauncherPod;
import io.kubehv.operator.virtualmachine.dependent.PodMemory;
import io.kubehv.operator.virtualmachine.dependent.SavePod;
import io.kubehv.operator.virtualmachine.dependent.SavedState;
import io.kubehv.operator.virtualmachine.dependent.TemplateDisk;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Carries out a plan's actions. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class Executor {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Nothing tells when a pod of someone else is gone, or a quota is raised. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** The shortest with which the kubelet still ends the containers before the pod is gone. */
    private static final long AT_ONCE = 1;

    private final KubernetesClient client;
    private final OperatorSettings settings;
    private final GuestStateWriter guestStates;

    public Executor(KubernetesClient client, OperatorSettings settings) {
        this.client = client;
        this.guestStates = new GuestStateWriter(client);
        this.settings = settings;
    }

    /**
     * Does what the plan wants, with an identity that is in the VM's status.
     *
     * @return what the VM comes to instead, when the cluster refuses a part of it: what follows that part is not done
     */
    public Optional<Plan> execute(Observed observed, Plan plan, Identity identity, MachineSources sources) {
        for (Action action : plan.actions()) {
            Optional<Verdict> setback;
            try {
                setback = perform(observed, action, identity, sources);
            } catch (KubernetesClientException e) {
                if (!Refusal.is(e)) {
                    throw e;
                }
                setback = Optional.of(refused(action, Refusal.words(e)));
            }
            if (setback.isPresent()) {
                return setback.map(verdict -> Plan.of(meanwhile(plan), verdict).lookAgain(LOOK_AGAIN));
            }
        }
        return Optional.empty();
    }

    /** The state of a VM whose plan was not carried out. */
    private static @Nullable VirtualMachineState meanwhile(Plan plan) {
        return plan.start()
                .map(start -> start.resume() ? VirtualMachineState.SAVED : VirtualMachineState.OFF)
                .orElse(plan.state());
    }

    private Optional<Verdict> perform(Observed observed, Action action, Identity identity, MachineSources sources) {
        VirtualMachine machine = observed.machine();
        switch (action) {
            case Action.CreatePod create -> {
                return createPod(observed, create, identity, sources);
            }
            case Action.CreateSavedState create -> {
                return createSavedState(observed, create.running(), sources);
            }
            case Action.PrepareSavedState _ -> {
                return prepareSavedState(observed, sources);
            }
            case Action.CreateSavePod create -> {
                return createSavePod(machine, create.nodeName(), sources);
            }
            case Action.CreateAttachment create -> {
                Pod desired = AttachmentPod.desired(machine, create.disk(), create.nodeName(), settings);
                return createUnlessThere(desired, present -> Owners.owns(machine, present), sources);
            }
            case Action.DeletePod delete -> deletePod(machine, delete.pod());
            case Action.TurnOff turnOff -> deletePod(turnOff.pod(), AT_ONCE);
            case Action.ResizePod resize -> resize(resize.pod(), resize.guestBytes());
            case Action.LabelPod label -> label(machine, label.pod());
            case Action.NoteProcessors note -> noteProcessors(note.pod(), note.count());
            case Action.ChangePorts change -> changePorts(change);
            case Action.CreateTemplate template -> createTemplate(machine, template.disk());
            case Action.ChangeTemplate template -> changeTemplate(machine, template);
            case Action.CreateClone create -> {
                PersistentVolumeClaim desired =
                        ClonedVolume.desired(machine, create.origin(), create.part(), create.claim());
                // Of one that is another's, the cache tells.
                var _ = created(desired, sources::made);
            }
            case Action.PlaceClone place ->
                Writes.unlessGone(() -> sources.changed(
                        client.resource(place.claim())
                                .patch(
                                        PatchContext.of(PatchType.JSON_MERGE),
                                        ClonedVolume.placement(place.claim(), place.origin())),
                        place.claim()));
            case Action.CreateKeyProtector create -> guestStates.createKey(machine, create.guestState());
            case Action.CreateGuestState _ -> guestStates.createClaim(machine, storageClass(observed));
            case Action.MarkSavedState mark -> mark(mark.claim(), mark.savedAt(), sources);
            case Action.AdoptSavedState adopt -> adopt(observed, adopt.claim(), identity, sources);
            case Action.DeleteSavedState delete -> deleteSavedState(delete.claim());
        }
        return Optional.empty();
    }

    private static Verdict refused(Action action, String words) {
        return switch (action) {
            case Action.CreatePod _ -> Verdict.no(Reason.POD_REFUSED, "the cluster refuses its pod: " + words);
            case Action.CreateSavePod _ ->
                Verdict.no(
                        Reason.POD_REFUSED, "the cluster refuses the pod that its memory is saved through: " + words);
            case Action.CreateAttachment create ->
                Verdict.no(
                        Reason.POD_REFUSED,
                        "the cluster refuses the pod for disk \""
                                + create.disk().disk().name() + "\": " + words);
            case Action.CreateSavedState _, Action.PrepareSavedState _ ->
                Verdict.no(Reason.CLAIM_REFUSED, "the cluster refuses the claim for its memory: " + words);
            case Action.CreateClone create ->
                Verdict.no(
                        Reason.CLAIM_REFUSED,
                        "the cluster refuses the claim \"" + create.claim() + "\" of its disk: " + words);
            case Action.PlaceClone place ->
                Verdict.no(
                        Reason.CHANGE_REFUSED,
                        "the cluster refuses to tell the claim \""
                                + place.claim().getMetadata().getName() + "\" its node: " + words);
            case Action.CreateGuestState _ ->
                Verdict.no(Reason.CLAIM_REFUSED, "the cluster refuses the claim of its own state: " + words);
            case Action.CreateKeyProtector _ ->
                Verdict.no(Reason.CHANGE_REFUSED, "the cluster refuses the Secret with the key of its TPM: " + words);
            case Action.CreateTemplate template -> refused(template.disk(), words);
            case Action.ChangeTemplate template -> refused(template.disk(), words);
            case Action.DeletePod _, Action.TurnOff _ ->
                Verdict.no(Reason.CHANGE_REFUSED, "the cluster does not let its pod be deleted: " + words);
            case Action.NoteProcessors _ ->
                Verdict.no(
                        Reason.CHANGE_REFUSED, "the cluster refuses the number of its processors on its pod: " + words);
            case Action.ResizePod _ ->
                Verdict.no(
                        Reason.CHANGE_REFUSED,
                        "the cluster does not give its pod the memory that the VM should have now, and it runs on with"
                                + " what it has: "
                                + words);
            case Action.LabelPod _ ->
                Verdict.no(Reason.CHANGE_REFUSED, "the cluster refuses its labels on its pod: " + words);
            case Action.ChangePorts _ ->
                Verdict.no(
                        Reason.CHANGE_REFUSED,
                        "the cluster refuses the ports of its network adapters on its pod: " + words);
            case Action.MarkSavedState _, Action.AdoptSavedState _, Action.DeleteSavedState _ ->
                Verdict.no(
                        Reason.CHANGE_REFUSED, "the cluster refuses to change the claim of its saved memory: " + words);
        };
    }

    private static Verdict refused(Disk disk, String words) {
        return Verdict.no(
                Reason.DISK_REFUSED, "the cluster refuses the template of disk \"" + disk.name() + "\": " + words);
    }

    private Optional<Verdict> createPod(
            Observed observed, Action.CreatePod create, Identity identity, MachineSources sources) {
        VirtualMachine machine = observed.machine();
        Pod desired = create.resume()
                ? LauncherPod.resumed(
                        machine,
                        identity,
                        SavedState.contents(Objects.requireNonNull(observed.savedState())),
                        create.crashes())
                : starting(observed, identity, create.crashes());
        return createUnlessThere(desired, present -> LauncherPod.isOf(machine, present), sources);
    }

    private Pod starting(Observed observed, Identity identity, int crashes) {
        return LauncherPod.desired(
                observed.machine(),
                new MachineNetwork(identity, observed.network().ports(), List.of(), Map.of()),
                observed.disks(),
                settings,
                crashes);
    }

    private Optional<Verdict> createSavePod(VirtualMachine machine, String nodeName, MachineSources sources) {
        return createUnlessThere(
                SavePod.desired(machine, nodeName, settings), present -> Owners.owns(machine, present), sources);
    }

    /** A pod of that name is either its own, which the cache does not show yet, or another's, which is left alone. */
    private Optional<Verdict> createUnlessThere(Pod desired, Predicate<Pod> own, MachineSources sources) {
        if (created(desired, sources::made)) {
            return Optional.empty();
        }
        return Optional.ofNullable(client.resource(desired).get())
                .filter(own.negate())
                .map(present -> Verdict.no(
                        Reason.POD_NAME_TAKEN,
                        "there is a pod \"" + present.getMetadata().getName()
                                + "\" that is not this VM's; delete that pod or give the VM another name"));
    }

    /** Makes it and tells of it; false where there is one of that name. */
    private <T extends HasMetadata> boolean created(T desired, Consumer<T> made) {
        return Writes.unlessThere(() -> made.accept(client.resource(desired).create()));
    }

    private void createTemplate(VirtualMachine machine, Disk disk) {
        // Of one that is another's, the cache tells.
        Writes.unlessThere(
                () -> client.resource(TemplateDisk.desired(machine, disk)).create());
    }

    /** The disk of a template is ours to write; what it can't become, the API server knows and says. */
    private void changeTemplate(VirtualMachine machine, Action.ChangeTemplate template) {
        ArrayNode patch = JSON.createArrayNode();
        patch.addObject()
                .put("op", "test")
                .put("path", "/metadata/uid")
                .put("value", template.present().getMetadata().getUid());
        patch.addObject()
                .put("op", "replace")
                .put("path", "/spec")
                .set(
                        "value",
                        JSON.valueToTree(
                                TemplateDisk.desired(machine, template.disk()).getSpec()));
        Writes.unlessGone(
                () -> client.resource(template.present()).patch(PatchContext.of(PatchType.JSON), patch.toString()));
    }

    private void deletePod(VirtualMachine machine, Pod pod) {
        boolean runs = LauncherPod.isOf(machine, pod) && !new PodFacts(pod).finished();
        deletePod(pod, runs ? (Long) GracePeriod.seconds(machine.getSpec()) : null);
    }

    private void deletePod(Pod pod, @Nullable Long graceSeconds) {
        Writes.delete(client, pod, new DeleteOptionsBuilder().withGracePeriodSeconds(graceSeconds));
    }

    /** By its UID, as it was seen. The kubelet does it when it can, and tells in the pod's status. */
    private void resize(Pod pod, long guestBytes) {
        Quantity limit = new PodMemory(pod).limitFor(guestBytes);
        ObjectNode patch = JSON.createObjectNode();
        patch.withObjectProperty("metadata").put("uid", pod.getMetadata().getUid());
        ObjectNode resources = patch.withObjectProperty("spec")
                .putArray("containers")
                .addObject()
                .put("name", LauncherPod.CONTAINER)
                .putObject("resources");
        resources.putObject("requests").put("memory", limit.toString());
        resources.putObject("limits").put("memory", limit.toString());
        Writes.unlessGone(() -> {
            var _ = client.resource(pod)
                    .subresource("resize")
                    .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), patch.toString());
        });
    }

    private void label(VirtualMachine machine, Pod pod) {
        ObjectNode metadata = JSON.createObjectNode();
        LauncherPod.patch(machine, pod).forEach(metadata.withObjectProperty("labels")::put);
        LauncherPod.labelNote(machine).forEach(metadata.withObjectProperty("annotations")::put);
        merge(pod, metadata);
    }

    private void noteProcessors(Pod pod, int count) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.withObjectProperty("annotations").put(LauncherPod.PROCESSORS_ANNOTATION, String.valueOf(count));
        merge(pod, metadata);
    }

    private void changePorts(Action.ChangePorts change) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.withObjectProperty("annotations")
                .put(KubeHV.SWITCH_PORTS_ANNOTATION, SwitchPort.write(change.ports()));
        merge(change.pod(), metadata);
    }

    /** What belongs to the machine is kept where its disks are. */
    private static @Nullable String storageClass(Observed observed) {
        return observed.disks().stream()
                .map(ResolvedDisk::storageClass)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .orElse(null);
    }

    /** Makes the claim, or lets one of an earlier save take this pod's memory. Another's is left alone. */
    private Optional<Verdict> createSavedState(Observed observed, Pod running, MachineSources sources) {
        VirtualMachine machine = observed.machine();
        PersistentVolumeClaim desired = SavedState.desired(machine, running, storageClass(observed));
        if (created(desired, sources::made)) {
            return Optional.empty();
        }
        PersistentVolumeClaim present = client.resource(desired).get();
        if (present == null || !Owners.owns(machine, present)) {
            return taken(present);
        }
        ObjectNode metadata = JSON.createObjectNode();
        desired.getMetadata().getAnnotations().forEach(metadata.withObjectProperty("annotations")::put);
        changeClaim(present, metadata, sources);
        return Optional.empty();
    }

    /** Makes the claim that the VM's pod mounts for its memory, unless there is one. Another's is left alone. */
    private Optional<Verdict> prepareSavedState(Observed observed, MachineSources sources) {
        VirtualMachine machine = observed.machine();
        PersistentVolumeClaim desired = SavedState.prepared(machine, storageClass(observed));
        if (created(desired, sources::made)) {
            return Optional.empty();
        }
        PersistentVolumeClaim present = client.resource(desired).get();
        return present == null || !Owners.owns(machine, present) ? taken(present) : Optional.empty();
    }

    private static Optional<Verdict> taken(@Nullable PersistentVolumeClaim present) {
        return Optional.ofNullable(present)
                .map(foreign -> Verdict.no(
                        Reason.CLAIM_NAME_TAKEN,
                        "there is a PersistentVolumeClaim \""
                                + foreign.getMetadata().getName()
                                + "\" that is not this VM's, so its memory can't be saved; delete that claim or give"
                                + " the VM another name"));
    }

    private void adopt(Observed observed, PersistentVolumeClaim claim, Identity identity, MachineSources sources) {
        Pod pod = starting(observed, identity, 0);
        ObjectNode metadata = JSON.createObjectNode();
        SavedState.adopted(pod, observed.now().toString()).forEach(metadata.withObjectProperty("annotations")::put);
        changeClaim(claim, metadata, sources);
    }

    private void mark(PersistentVolumeClaim claim, @Nullable String savedAt, MachineSources sources) {
        ObjectNode metadata = JSON.createObjectNode();
        metadata.withObjectProperty("annotations").put(SavedState.SAVED_AT_ANNOTATION, savedAt);
        changeClaim(claim, metadata, sources);
    }

    /** The next decision must see it: a memory that still looks good would be resumed from twice. */
    private void changeClaim(PersistentVolumeClaim claim, ObjectNode metadata, MachineSources sources) {
        metadata.put("uid", claim.getMetadata().getUid());
        String patch = JSON.createObjectNode().set("metadata", metadata).toString();
        Writes.unlessGone(() ->
                sources.changed(client.resource(claim).patch(PatchContext.of(PatchType.JSON_MERGE), patch), claim));
    }

    /** Exactly as it was seen: one that was marked since holds a memory that is good. */
    private void deleteSavedState(PersistentVolumeClaim claim) {
        Writes.delete(
                client,
                claim,
                new DeleteOptionsBuilder()
                        .withNewPreconditions()
                        .withResourceVersion(claim.getMetadata().getResourceVersion())
                        .endPreconditions());
    }

    private void merge(HasMetadata resource, ObjectNode metadata) {
        String patch = JSON.createObjectNode().set("metadata", metadata).toString();
        Writes.unlessGone(() -> client.resource(resource).patch(PatchContext.of(PatchType.JSON_MERGE), patch));
    }
}
