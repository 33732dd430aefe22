package io.kubehv.csi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {
    private static final MountTable TABLE = MountTable.parse(List.of(
            "28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
            "400 28 7:3 / /var/lib/kubelet/plugins/staging rw,relatime shared:9 master:2 - xfs /dev/loop3 rw,nouuid",
            "401 28 7:1 /volumes/vol-1/contents /pods/a\\040b/mount ro,noatime shared:10 - xfs /dev/loop1 rw",
            "402 401 7:9 / /pods/a\\040b/mount rw - ext4 /dev/loop9 rw",
            "not a mount at all",
            "1 2 3 - x"));

    @Test
    void lines_that_are_none_are_passed_over() {
        assertThat(TABLE.mounts()).hasSize(4);
    }

    @Test
    void a_mount_is_found_where_it_is() {
        assertThat(TABLE.at(Path.of("/var/lib/kubelet/plugins/staging"))).hasValueSatisfying(mount -> {
            assertThat(mount.device()).isEqualTo("7:3");
            assertThat(mount.type()).isEqualTo("xfs");
            assertThat(mount.source()).isEqualTo("/dev/loop3");
            assertThat(mount.readOnly()).isFalse();
        });
        assertThat(TABLE.at(Path.of("/var/lib/kubelet"))).isEmpty();
    }

    @Test
    void the_mount_on_top_hides_the_one_below() {
        assertThat(TABLE.at(Path.of("/pods/a b/mount")))
                .hasValueSatisfying(mount -> assertThat(mount.device()).isEqualTo("7:9"));
    }

    @Test
    void escapes_and_read_only_mounts_are_read() {
        MountPoint below = TABLE.mounts().get(2);

        assertThat(below.target()).isEqualTo(Path.of("/pods/a b/mount"));
        assertThat(below.root()).isEqualTo("/volumes/vol-1/contents");
        assertThat(below.readOnly()).isTrue();
    }
}
