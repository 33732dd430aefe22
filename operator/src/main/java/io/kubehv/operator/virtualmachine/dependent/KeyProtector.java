package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KeyProtectorDeletionPolicy;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualTpm;
import io.kubehv.operator.Owners;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;

/**
 * The Secret with the key that a TPM's state is encrypted with. One that is made for a VM stays when the VM is deleted,
 * unless the VM says otherwise: a copy of the state is of no use without it.
 */
public final class KeyProtector {
    /** The key in the Secret. */
    static final String KEY = "key";

    private static final String SUFFIX = "tpm-key";
    private static final int KEY_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeyProtector() {}

    /** The Secret's name: what the user says, else one that is made of the VM's. */
    public static String name(VirtualMachine machine) {
        return named(machine)
                .orElseGet(() -> DerivedName.of(machine.getMetadata().getName(), SUFFIX));
    }

    /** The Secret that the user names, if one is named. */
    public static Optional<String> named(VirtualMachine machine) {
        return SecuritySettings.tpm(machine.getSpec()).map(VirtualTpm::keyProtectorSecretName);
    }

    /** A Secret with a new key. */
    public static Secret desired(VirtualMachine machine) {
        byte[] key = new byte[KEY_BYTES];
        RANDOM.nextBytes(key);
        return desired(machine, Base64.getEncoder().encodeToString(key));
    }

    /** A Secret with the key of the VM whose TPM's state this VM has a copy of: it is encrypted with that. */
    public static Secret copy(VirtualMachine machine, Secret of) {
        return desired(machine, of.getData().getOrDefault(KEY, ""));
    }

    /** Whether two Secrets hold the same key. */
    public static boolean sameKey(Secret one, Secret other) {
        return one.getData() != null
                && other.getData() != null
                && Objects.equals(one.getData().get(KEY), other.getData().get(KEY));
    }

    private static Secret desired(VirtualMachine machine, String key) {
        SecretBuilder secret = new SecretBuilder()
                .withNewMetadata()
                .withName(name(machine))
                .withNamespace(machine.getMetadata().getNamespace())
                .endMetadata()
                .withType("Opaque")
                .addToData(KEY, key);
        boolean goes = SecuritySettings.tpm(machine.getSpec())
                .map(VirtualTpm::keyProtectorDeletionPolicy)
                .filter(KeyProtectorDeletionPolicy.DELETE::equals)
                .isPresent();
        if (goes) {
            secret.editMetadata()
                    .withOwnerReferences(Owners.controller(machine))
                    .endMetadata();
        }
        return secret.build();
    }
}
