package io.kubehv.operator.machineimport;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.Owners;
import io.kubehv.operator.Writes;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Refusal;
import io.kubehv.operator.status.Verdict;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.function.Consumer;

/** Carries out a plan's actions. What was done already is done: every action may be repeated. */
@ApplicationScoped
public class ImportExecutor {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final KubernetesClient client;

    public ImportExecutor(KubernetesClient client) {
        this.client = client;
    }

    /** Does what the plan wants; returns what the cluster refused of it, and then does not do the rest. */
    Optional<Verdict> execute(ObservedImport observed, ImportPlan plan, ImportSources sources) {
        for (ImportAction action : plan.actions()) {
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
                        action instanceof ImportAction.TryMachine ? Reason.MANIFEST_INVALID : Reason.CHANGE_REFUSED,
                        "the cluster refuses what the import needs: " + Refusal.words(e)));
            }
        }
        return Optional.empty();
    }

    private Optional<Verdict> perform(ObservedImport observed, ImportAction action, ImportSources sources) {
        switch (action) {
            case ImportAction.TryMachine attempt -> {
                var _ = client.resource(attempt.desired()).dryRun().create();
            }
            case ImportAction.CreatePod create -> {
                return make(observed, create.desired(), sources::made);
            }
            case ImportAction.CreateDisk create -> {
                return make(observed, create.desired(), sources::made);
            }
            case ImportAction.CreateClaim create -> {
                return make(observed, create.desired(), made -> {});
            }
            case ImportAction.CreateMachine create -> {
                var _ = Writes.unlessThere(
                        () -> client.resource(create.desired()).create());
            }
            case ImportAction.ReleaseDisk release -> release(release.disk());
            case ImportAction.GiveClaim give -> give(give.claim(), give.machine());
            case ImportAction.DeletePod delete -> Writes.delete(client, delete.pod());
            case ImportAction.DeleteClaim delete -> Writes.delete(client, delete.claim());
            case ImportAction.DeleteDisk delete -> Writes.delete(client, delete.disk());
        }
        return Optional.empty();
    }

    /** Makes something that is the import's; another's of its name is left alone, and told. */
    private <T extends HasMetadata> Optional<Verdict> make(ObservedImport observed, T desired, Consumer<T> made) {
        if (Writes.unlessThere(() -> made.accept(client.resource(desired).create()))) {
            return Optional.empty();
        }
        return Optional.ofNullable(client.resource(desired).get())
                .filter(present -> !Owners.owns(observed.request(), present))
                .map(
                        present -> Verdict.no(
                                Reason.NAME_TAKEN,
                                "there is a " + present.getKind() + " \""
                                        + present.getMetadata().getName()
                                        + "\" that is not this import's; give the Import, or the VM that it makes, another name"));
    }

    private void release(HasMetadata disk) {
        ObjectNode patch = JSON.createObjectNode();
        ObjectNode metadata = patch.putObject("metadata");
        metadata.put("uid", disk.getMetadata().getUid());
        metadata.putArray("ownerReferences");
        metadata.putObject("annotations").putNull(KubeHV.PLACEMENT_ANNOTATION);
        Writes.unlessGone(() -> {
            var _ = client.resource(disk).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
        });
    }

    private void give(PersistentVolumeClaim claim, VirtualMachine machine) {
        ObjectNode patch = JSON.createObjectNode();
        ObjectNode metadata = patch.putObject("metadata");
        metadata.put("uid", claim.getMetadata().getUid());
        metadata.putArray("ownerReferences").add(JSON.valueToTree(Owners.controller(machine)));
        metadata.putObject("labels")
                .put(KubeHV.VIRTUAL_MACHINE_UID_LABEL, machine.getMetadata().getUid());
        Writes.unlessGone(() -> {
            var _ = client.resource(claim).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
        });
    }
}
