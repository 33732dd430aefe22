package io.kubehv.launcher;

import io.kubehv.hv.definition.VirtualMachineDefinition.Firmware;
import io.kubehv.hv.firmware.SecureBootKeys;
import io.kubehv.hv.firmware.VariableStore;
import io.kubehv.hv.machine.PodFiles;
import io.kubehv.launcher.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;

/** The VM's UEFI variables: made from a template at its first start, the guest's own afterwards and never overwritten. */
final class FirmwareVariables {
    private final Firmware firmware;
    private final PodFiles files;

    FirmwareVariables(Firmware firmware, PodFiles files) {
        this.firmware = firmware;
        this.files = files;
    }

    void makeOnce() throws IOException, LaunchException {
        Path variables = files.firmwareVariables();
        if (Files.exists(variables)) {
            return;
        }
        byte[] image = Files.readAllBytes(files.firmwareVariablesTemplate(firmware.secureBoot()));
        String keys = firmware.customKeysDirectory();
        if (keys != null) {
            image = enrolled(image, Path.of(keys));
        }
        // Renamed when whole and on the disk: half a copy must never be taken for the VM's variables.
        Path partial = variables.resolveSibling("nvram.partial");
        Files.write(partial, image);
        Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rw-rw----"));
        DurableFiles.place(partial, variables);
    }

    private static byte[] enrolled(byte[] image, Path directory) throws IOException, LaunchException {
        List<X509Certificate> platformKey = required(directory, "PK");
        if (platformKey.size() != 1) {
            throw new LaunchException("firmware.secureBoot: PK has " + platformKey.size()
                    + " certificates, but there is one platform key; remove the others");
        }
        SecureBootKeys keys = new SecureBootKeys(
                platformKey.getFirst(),
                required(directory, "KEK"),
                required(directory, "db"),
                certificates(directory, "dbx"));
        try {
            return new VariableStore(image).enroll(keys).image();
        } catch (IllegalArgumentException e) {
            throw new LaunchException("firmware.secureBoot: " + e.getMessage());
        }
    }

    private static List<X509Certificate> required(Path directory, String name) throws IOException, LaunchException {
        List<X509Certificate> found = certificates(directory, name);
        if (found.isEmpty()) {
            throw new LaunchException("firmware.secureBoot: the Secret or ConfigMap of the template Custom has no key "
                    + name + "; add it, with certificates as PEM");
        }
        return found;
    }

    private static List<X509Certificate> certificates(Path directory, String name) throws IOException, LaunchException {
        try {
            return SecureBootKeys.parse(name, Files.readString(directory.resolve(name)));
        } catch (NoSuchFileException e) {
            // The caller knows whether it must be there.
            return List.of();
        } catch (CertificateException e) {
            throw new LaunchException("firmware.secureBoot: " + name + " can't be read as certificates ("
                    + e.getMessage() + "); write them as PEM");
        }
    }
}
