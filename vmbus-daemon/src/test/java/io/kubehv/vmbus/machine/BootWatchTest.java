package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** With lines as OVMF 2025.02 and SeaBIOS 1.16 write them. */
class BootWatchTest {
    private static final String REFUSED = "BdsDxe: failed to load Boot0001 \"UEFI QEMU QEMU HARDDISK \" from"
            + " PciRoot(0x0)/Pci(0x6,0x0)/Scsi(0x0,0x0): Access Denied\r\n";
    private static final String NOTHING = """
            BdsDxe: No bootable option or device was found.\r
            BdsDxe: Press any key to enter the Boot Manager Menu.\r
            """;

    private static final String NETWORK_AND_DISK = """
            Running option rom at c000:0003
            enter handle_19:
              NULL
            Booting from ROM...
            Booting from c000:0386
            enter handle_18:
              NULL
            Booting from Hard Disk...
            Boot failed: not a bootable disk

            enter handle_18:
              NULL
            """;

    private final BootWatch watch = new BootWatch();

    @Test
    void a_firmware_that_gives_up_says_what_it_tried() {
        watch.hear("\u001b[2J\u001b[01;01HBdsDxe: loading Boot0001 \"UEFI QEMU\" from PciRoot(0x0)\r\n" + REFUSED);
        assertThat(watch.failure()).isEmpty();
        watch.hear(NOTHING);
        assertThat(watch.failure()).contains("tried in vain: UEFI QEMU QEMU HARDDISK: Access Denied");
    }

    @Test
    void words_that_come_in_pieces_are_understood() {
        String all = REFUSED + NOTHING;
        for (int i = 0; i < all.length(); i++) {
            watch.hear(all.substring(i, i + 1));
        }
        assertThat(watch.failure()).isPresent();
    }

    @Test
    void a_device_that_boots_in_the_end_is_no_failure() {
        watch.hear(REFUSED + "BdsDxe: starting Boot0002 \"UEFI PXEv4\" from PciRoot(0x0)\r\n");
        assertThat(watch.failure()).isEmpty();
        watch.hear(NOTHING);
        assertThat(watch.failure()).contains("no device has a loader");
    }

    @Test
    void a_bios_that_gives_up_says_what_it_tried() {
        watch.hear(NETWORK_AND_DISK);
        assertThat(watch.failure()).isEmpty();
        assertThat(watch.booted()).isFalse();
        watch.hear("No bootable device.\n");
        assertThat(watch.failure())
                .contains("tried in vain: ROM: it found nothing to boot; Hard Disk: not a bootable disk");
    }

    @Test
    void a_bios_that_hands_over_has_booted() {
        watch.hear(NETWORK_AND_DISK + "No bootable device.  Retrying in 60 seconds.\n");
        watch.hear("Booting from Hard Disk...\nBooting from 0000:7c00\n");
        assertThat(watch.booted()).isTrue();
        assertThat(watch.failure()).isEmpty();
    }

    @Test
    void a_reset_begins_anew() {
        watch.hear(REFUSED + NOTHING);
        watch.forget();
        assertThat(watch.failure()).isEmpty();
    }

    @Test
    void a_guest_that_never_ends_a_line_fills_nothing() {
        watch.hear("x".repeat(1 << 20));
        watch.hear("\n" + NOTHING);
        assertThat(watch.failure()).isPresent();
    }
}
