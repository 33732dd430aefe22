package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.api.v1alpha1.Firmware;
import io.kubehv.api.v1alpha1.SecureBoot;
import io.kubehv.api.v1alpha1.SecureBootTemplate;
import io.kubehv.api.v1alpha1.Security;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.VirtualTpm;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import java.util.Optional;

/** Secure Boot, TPM and shielding, as a spec means them: what it leaves out is on where the generation has it. */
public final class SecuritySettings {
    private SecuritySettings() {}

    /** Whether the machine remembers things beside its disks: UEFI's variables, the TPM's state. */
    public static boolean hasGuestState(VirtualMachineSpec spec) {
        return isSecondGeneration(spec);
    }

    /** Whether it has a TPM: asked for, or because it is shielded. */
    public static boolean hasTpm(VirtualMachineSpec spec) {
        return isSecondGeneration(spec)
                && (isShielded(spec)
                        || tpm(spec)
                                .map(VirtualTpm::enabled)
                                .filter(Boolean.TRUE::equals)
                                .isPresent());
    }

    /** The TPM's settings, if there are any. */
    public static Optional<VirtualTpm> tpm(VirtualMachineSpec spec) {
        return Optional.ofNullable(spec.security()).map(Security::tpm);
    }

    /** The settings of Secure Boot where it is on and has keys of the user's own. */
    public static Optional<SecureBoot> customKeys(VirtualMachineSpec spec) {
        return secureBoot(spec)
                .filter(settings -> settings.template() == SecureBootTemplate.CUSTOM)
                .filter(_ -> hasSecureBoot(spec));
    }

    static VirtualMachineDefinition.Firmware firmware(VirtualMachineSpec spec) {
        if (!hasSecureBoot(spec)) {
            return new VirtualMachineDefinition.Firmware(VirtualMachineDefinition.SecureBoot.OFF, null);
        }
        SecureBootTemplate template = secureBoot(spec)
                .map(SecureBoot::template)
                .orElse(SecureBootTemplate.MICROSOFT_UEFI_CERTIFICATE_AUTHORITY);
        return switch (template) {
            case MICROSOFT_UEFI_CERTIFICATE_AUTHORITY ->
                new VirtualMachineDefinition.Firmware(
                        VirtualMachineDefinition.SecureBoot.MICROSOFT_UEFI_CERTIFICATE_AUTHORITY, null);
            case MICROSOFT_WINDOWS ->
                new VirtualMachineDefinition.Firmware(VirtualMachineDefinition.SecureBoot.MICROSOFT_WINDOWS, null);
            case CUSTOM ->
                new VirtualMachineDefinition.Firmware(
                        VirtualMachineDefinition.SecureBoot.CUSTOM, MachineDefinition.SECURE_BOOT_KEYS);
        };
    }

    static VirtualMachineDefinition.Security security(VirtualMachineSpec spec) {
        return new VirtualMachineDefinition.Security(hasTpm(spec), isShielded(spec));
    }

    static boolean isShielded(VirtualMachineSpec spec) {
        return spec.security() != null && Boolean.TRUE.equals(spec.security().shielded());
    }

    private static boolean hasSecureBoot(VirtualMachineSpec spec) {
        return isSecondGeneration(spec)
                && (isShielded(spec)
                        || secureBoot(spec).map(SecureBoot::enabled).orElse(true));
    }

    private static Optional<SecureBoot> secureBoot(VirtualMachineSpec spec) {
        return Optional.ofNullable(spec.firmware()).map(Firmware::secureBoot);
    }

    private static boolean isSecondGeneration(VirtualMachineSpec spec) {
        return spec.generation() == null || spec.generation() == 2;
    }
}
