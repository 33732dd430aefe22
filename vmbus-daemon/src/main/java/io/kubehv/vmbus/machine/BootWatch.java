package io.kubehv.vmbus.machine;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Listens to what the firmware says, and knows when it found nothing to boot. UEFI's words are those of EDK II's BdsDxe
 * (MdeModulePkg/Library/UefiBootManagerLib/BmBoot.c and Universal/BdsDxe/BdsEntry.c), a BIOS's those of SeaBIOS (src/boot.c).
 * For one thread.
 */
final class BootWatch {
    private static final Pattern ESCAPE = Pattern.compile("\\x1b\\[[0-9;?=]*[A-Za-z]");
    private static final Pattern FAILED =
            Pattern.compile("BdsDxe: failed to (?:load|start) Boot\\p{XDigit}{4} \"(.*)\" from .*: (.+)");
    private static final String STARTING = "BdsDxe: starting Boot";
    private static final String NOTHING = "BdsDxe: No bootable option or device was found.";

    private static final Pattern BIOS_TRIES = Pattern.compile("^Booting from (.+)\\.\\.\\.$");
    private static final Pattern BIOS_FAILED = Pattern.compile("^Boot failed: (.+)$");
    private static final Pattern BIOS_STARTING = Pattern.compile("^Booting from \\p{XDigit}{4}:\\p{XDigit}{4}$");

    /** What was started says by this interrupt that it has nothing to boot: iPXE that got no answer, for one. */
    private static final String BIOS_GIVEN_BACK = "enter handle_18:";

    private static final String BIOS_NOTHING = "No bootable device.";

    /** Longer than any line of the boot manager's. What a guest writes without an end is not kept. */
    private static final int LONGEST_LINE = 1024;

    private static final int MOST_ATTEMPTS = 16;

    private final StringBuilder line = new StringBuilder();
    private final Set<String> attempts = new LinkedHashSet<>();
    private String device = "";
    private boolean booted;
    private Optional<String> failure = Optional.empty();

    /** More of the console. */
    void hear(String text) {
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == '\n' || character == '\r') {
                understand(ESCAPE.matcher(line).replaceAll(""));
                line.setLength(0);
            } else if (line.length() < LONGEST_LINE) {
                line.append(character);
            }
        }
    }

    private void understand(String words) {
        Matcher failed = FAILED.matcher(words);
        if (failed.find()) {
            triedInVain(failed.group(1).strip(), failed.group(2).strip());
        } else if (words.contains(STARTING)) {
            forget();
            booted = true;
        } else if (words.contains(NOTHING)) {
            gaveUp();
        } else {
            understandBios(words);
        }
    }

    private void understandBios(String words) {
        Matcher tries = BIOS_TRIES.matcher(words);
        Matcher failed = BIOS_FAILED.matcher(words);
        if (tries.matches()) {
            device = tries.group(1);
        } else if (failed.matches()) {
            triedInVain(device, failed.group(1));
        } else if (BIOS_STARTING.matcher(words).matches()) {
            // What was tried before stays known: this may come back.
            failure = Optional.empty();
            booted = true;
        } else if (words.startsWith(BIOS_GIVEN_BACK)) {
            if (booted) {
                triedInVain(device, "it found nothing to boot");
            }
            booted = false;
        } else if (words.startsWith(BIOS_NOTHING)) {
            gaveUp();
        }
    }

    private void triedInVain(String what, String why) {
        if (attempts.size() < MOST_ATTEMPTS) {
            attempts.add(what + ": " + why);
        }
    }

    private void gaveUp() {
        failure = Optional.of(
                attempts.isEmpty() ? "no device has a loader" : "tried in vain: " + String.join("; ", attempts));
        attempts.clear();
        booted = false;
    }

    /** Whether the firmware has handed over to a loader since it was last heard of otherwise. */
    boolean booted() {
        return booted;
    }

    /** What the firmware tried, once it gave up; empty while it has not. */
    Optional<String> failure() {
        return failure;
    }

    /** The machine was reset, or goes on from elsewhere: what was said before is of no account. */
    void forget() {
        booted = false;
        failure = Optional.empty();
        attempts.clear();
    }
}
