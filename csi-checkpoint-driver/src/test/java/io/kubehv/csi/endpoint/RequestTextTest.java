package io.kubehv.csi.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.csi.proto.CreateVolumeRequest;
import io.kubehv.csi.proto.NodeStageVolumeRequest;
import io.kubehv.csi.proto.VolumeCapability;
import org.junit.jupiter.api.Test;

class RequestTextTest {
    @Test
    void secrets_and_mount_flags_are_not_logged() {
        NodeStageVolumeRequest request = NodeStageVolumeRequest.newBuilder()
                .setVolumeId("vol-1")
                .putSecrets("password", "hunter2")
                .setVolumeCapability(VolumeCapability.newBuilder()
                        .setMount(VolumeCapability.MountVolume.newBuilder()
                                .setFsType("xfs")
                                .addMountFlags("password=hunter3")))
                .build();

        assertThat(RequestText.of(request)).contains("vol-1", "xfs").doesNotContain("hunter");
    }

    @Test
    void lists_are_stripped_as_well() {
        CreateVolumeRequest request = CreateVolumeRequest.newBuilder()
                .setName("pvc-1")
                .addVolumeCapabilities(VolumeCapability.newBuilder()
                        .setMount(VolumeCapability.MountVolume.newBuilder().addMountFlags("hunter3")))
                .build();

        assertThat(RequestText.of(request)).contains("pvc-1").doesNotContain("hunter");
    }

    @Test
    void what_would_take_megabytes_is_cut_off() {
        CreateVolumeRequest request = CreateVolumeRequest.newBuilder()
                .setName("pvc-1")
                .putParameters("long", "0123456789".repeat(100_000))
                .build();

        assertThat(RequestText.of(request)).contains("pvc-1").hasSizeLessThan(5_000);
    }
}
