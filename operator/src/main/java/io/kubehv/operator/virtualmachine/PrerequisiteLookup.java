package io.kubehv.operator.virtualmachine;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.CloudInit;
import io.kubehv.api.v1alpha1.SecureBoot;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.status.Reason;
import io.kubehv.operator.status.Verdict;
import io.kubehv.operator.virtualmachine.dependent.GuestState;
import io.kubehv.operator.virtualmachine.dependent.KeyProtector;
import io.kubehv.operator.virtualmachine.dependent.SecuritySettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks whether what a start needs is there. Each is asked for by its name: a watch would see all of a cluster's Secrets. */
final class PrerequisiteLookup {
    private final KubernetesClient client;
    private final VirtualMachine machine;
    private final String namespace;

    PrerequisiteLookup(KubernetesClient client, VirtualMachine machine) {
        this.client = client;
        this.machine = machine;
        this.namespace = machine.getMetadata().getNamespace();
    }

    /** What a field of the spec names. */
    private record Reference(String field, String kind, String name) {}

    Prerequisites look(@Nullable PersistentVolumeClaim guestState) {
        for (Reference reference : named()) {
            if (!exists(reference)) {
                return new Prerequisites(missing(reference), false);
            }
        }
        return SecuritySettings.hasTpm(machine.getSpec()) ? key(guestState) : Prerequisites.MET;
    }

    private List<Reference> named() {
        List<Reference> named = new ArrayList<>();
        Optional<CloudInit> cloudInit = Optional.ofNullable(machine.getSpec().cloudInit());
        cloudInit
                .map(CloudInit::userDataSecretName)
                .ifPresent(name -> named.add(new Reference("cloudInit.userDataSecretName", "Secret", name)));
        cloudInit
                .map(CloudInit::networkDataSecretName)
                .ifPresent(name -> named.add(new Reference("cloudInit.networkDataSecretName", "Secret", name)));
        Optional<SecureBoot> keys = SecuritySettings.customKeys(machine.getSpec());
        keys.map(SecureBoot::customSecretName)
                .ifPresent(name -> named.add(new Reference("firmware.secureBoot.customSecretName", "Secret", name)));
        keys.map(SecureBoot::customConfigMapName)
                .ifPresent(
                        name -> named.add(new Reference("firmware.secureBoot.customConfigMapName", "ConfigMap", name)));
        if (SecuritySettings.hasTpm(machine.getSpec())) {
            KeyProtector.named(machine)
                    .ifPresent(name -> named.add(new Reference("security.tpm.keyProtectorSecretName", "Secret", name)));
        }
        return named;
    }

    private Prerequisites key(@Nullable PersistentVolumeClaim guestState) {
        String name = KeyProtector.name(machine);
        Secret present = secret(name);
        Optional<String> origin = OriginKey.of(machine, guestState);
        Optional<Verdict> unfit = origin.filter(other -> !other.equals(name))
                .flatMap(other -> OriginKey.problem(machine, name, present, other, secret(other)));
        if (unfit.isPresent()) {
            return new Prerequisites(unfit.get(), false);
        }
        if (present != null) {
            return Prerequisites.MET;
        }
        if (!name.equals(GuestState.keyProtector(guestState))) {
            return new Prerequisites(null, true);
        }
        return new Prerequisites(
                Verdict.no(
                        Reason.SECRET_NOT_FOUND,
                        "the Secret \"" + name + "\" with the key of its TPM is gone from the namespace \"" + namespace
                                + "\", and the TPM's state can't be read without it; restore the Secret, or delete the"
                                + " claim \"" + GuestState.name(machine)
                                + "\" to begin with an empty TPM and new firmware variables"),
                false);
    }

    private @Nullable Secret secret(String name) {
        return client.secrets().inNamespace(namespace).withName(name).get();
    }

    private boolean exists(Reference reference) {
        return reference.kind().equals("Secret")
                ? secret(reference.name()) != null
                : client.configMaps()
                                .inNamespace(namespace)
                                .withName(reference.name())
                                .get()
                        != null;
    }

    private Verdict missing(Reference reference) {
        return Verdict.no(
                Reason.SECRET_NOT_FOUND,
                reference.field() + " names the " + reference.kind() + " \"" + reference.name()
                        + "\", which does not exist in the namespace \"" + namespace + "\"; create it");
    }
}
