package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.kubehv.api.v1alpha1.CheckpointOrigin;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.ClonedVolume;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The key of a TPM's state that came from a checkpoint. The state is encrypted with the key of the VM that the checkpoint is of,
 * so that key has to be this VM's too: it gets a copy in a Secret of its own. Pure.
 */
final class OriginKey {
    private OriginKey() {}

    /** The Secret with that key; empty for a VM whose TPM's state is its own. */
    static Optional<String> of(VirtualMachine machine, @Nullable PersistentVolumeClaim guestState) {
        return Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::origin)
                .filter(_ -> ClonedVolume.is(guestState))
                .map(CheckpointOrigin::keyProtectorSecretName);
    }

    /**
     * Why the state can't be read.
     *
     * @param name the VM's own Secret, and {@code present} what there is of that name
     * @param origin the Secret of the VM that the checkpoint is of, and {@code copied} what there is of that name
     */
    static Optional<Verdict> problem(
            VirtualMachine machine, String name, @Nullable Secret present, String origin, @Nullable Secret copied) {
        if (present != null && copied != null && !KeyProtector.sameKey(present, copied)) {
            return Optional.of(Verdict.no(
                    Reason.KEY_PROTECTOR_DIFFERS,
                    "the Secret \"" + name + "\" holds another key than the Secret \"" + origin
                            + "\", with whose key the TPM's state is encrypted that came from the checkpoint; delete the"
                            + " first if it is of an earlier VM of this name, or write the second into"
                            + " security.tpm.keyProtectorSecretName"));
        }
        return present == null && copied == null
                ? Optional.of(Verdict.no(
                        Reason.SECRET_NOT_FOUND,
                        "the Secret \"" + origin + "\" is gone from the namespace \""
                                + machine.getMetadata().getNamespace()
                                + "\", with whose key the TPM's state is encrypted that came from the checkpoint; restore"
                                + " the Secret, or delete the claim \"" + GuestState.name(machine)
                                + "\" to begin with an empty TPM and new firmware variables"))
                : Optional.empty();
    }
}
