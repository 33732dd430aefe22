package io.kubehv.operator.machineimport;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportPhase;
import io.kubehv.api.v1alpha1.ImportStatus;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.operator.Owners;
import io.kubehv.operator.status.Conditions;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that a decision about an import is made from.
 *
 * @param inspection the pod that looks at the manifest
 * @param manifest what that found
 * @param problem why it can't be understood; null: nothing is wrong with it, as far as is known
 * @param desired the VM that it asks for; there when the manifest is
 * @param machine the VM of that name, whoever made it
 * @param registered the VM, as namespace/name, that has the exported one's UUID
 * @param disks the VirtualHardDisks of the names that its disks have, whoever made them
 * @param strangers the claims of such names that no such disk has made
 * @param guestState the claim of the machine's own state, whoever made it
 * @param savedState the claim of its guest's memory, whoever made it
 * @param statePod the pod that fills these
 * @param missing what the source names and the namespace has not; empty: all is there
 */
record ObservedImport(
        Import request,
        @Nullable Pod inspection,
        @Nullable ExportManifest manifest,
        @Nullable String problem,
        @Nullable VirtualMachine desired,
        @Nullable VirtualMachine machine,
        @Nullable String registered,
        List<VirtualHardDisk> disks,
        List<String> strangers,
        @Nullable PersistentVolumeClaim guestState,
        @Nullable PersistentVolumeClaim savedState,
        @Nullable Pod statePod,
        String missing,
        Instant now) {
    ObservedImport {
        disks = List.copyOf(disks);
        strangers = List.copyOf(strangers);
    }

    ImportStatus status() {
        return Objects.requireNonNullElse(request.getStatus(), ImportStatus.NONE);
    }

    ImportPhase phase() {
        return Objects.requireNonNullElse(status().phase(), ImportPhase.PENDING);
    }

    Conditions conditions() {
        return new Conditions(status().conditions());
    }

    /** The disk of this name, if the import made it. */
    Optional<VirtualHardDisk> own(String name) {
        return disks.stream()
                .filter(disk -> disk.getMetadata().getName().equals(name))
                .filter(disk -> Owners.owns(request, disk))
                .findFirst();
    }

    Optional<PersistentVolumeClaim> ownGuestState() {
        return Optional.ofNullable(guestState).filter(claim -> Owners.owns(request, claim));
    }

    Optional<PersistentVolumeClaim> ownSavedState() {
        return Optional.ofNullable(savedState).filter(claim -> Owners.owns(request, claim));
    }

    /** The claims that it has made for the VM, and not given to it yet. */
    List<PersistentVolumeClaim> ownClaims() {
        return Stream.concat(ownGuestState().stream(), ownSavedState().stream()).toList();
    }
}
