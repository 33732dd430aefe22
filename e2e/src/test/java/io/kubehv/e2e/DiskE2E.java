package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.VirtualHardDiskPhase;
import org.junit.jupiter.api.Test;

@OnCluster
class DiskE2E {
    @Test
    void an_image_over_http_is_imported_and_a_wrong_checksum_recovers_when_it_is_mended(Laboratory laboratory) {
        laboratory.apply(Manifests.service("images"));
        laboratory.container(
                "images",
                "/bin/busybox",
                "sh",
                "-c",
                "mkdir /tmp/www; /bin/busybox dd if=/dev/zero bs=1M count=4 | /bin/busybox tr '\\0' 'k' > /tmp/www/disk.raw; exec /bin/busybox httpd -f -p 80 -h /tmp/www");
        String digest = laboratory
                .inContainer("images", "/bin/busybox", "sha256sum", "/tmp/www/disk.raw")
                .substring(0, 64);
        String url = "http://images.%s/disk.raw".formatted(laboratory.namespace());

        laboratory.apply(Manifests.disk(
                "fetched", "8Mi", "http: {url: '%s', checksum: 'sha256:%s'}".formatted(url, "0".repeat(64))));
        laboratory.awaitDisk("fetched", "ChecksumMismatch");
        assertThat(laboratory.disk("fetched").getStatus().phase()).isEqualTo(VirtualHardDiskPhase.FAILED);

        laboratory.apply(
                Manifests.disk("fetched", "8Mi", "http: {url: '%s', checksum: 'sha256:%s'}".formatted(url, digest)));
        laboratory.awaitDisk("fetched", "Ready");
        assertThat(laboratory.disk("fetched").getStatus().format()).isEqualTo("raw");
    }

    @Test
    void a_source_that_is_not_there_or_too_large_is_said_to_be(Laboratory laboratory) {
        laboratory.apply(Manifests.disk(
                "nowhere", "8Mi", "http: {url: 'http://nobody.%s/disk.raw'}".formatted(laboratory.namespace())));
        laboratory.apply(Manifests.disk("small", "2Mi", "containerImage: {image: 'kubehv/guest-tiny:1'}"));

        laboratory.awaitDisk("nowhere", "SourceUnreachable");
        laboratory.awaitDisk("small", "SizeTooSmall");
    }

    @Test
    void an_image_that_is_not_an_image_or_points_elsewhere_is_refused(Laboratory laboratory) {
        laboratory.apply(Manifests.service("images"));
        laboratory.container("images", "/bin/busybox", "sh", "-c", """
                mkdir /tmp/www; cd /tmp/www
                echo 'QFI garbage' > broken.qcow2; printf 'QFI\\373' | cat - /dev/urandom | head -c 70000 > broken.qcow2
                qemu-img create -q -f qcow2 -b /etc/passwd -F raw backed.qcow2 4M
                exec /bin/busybox httpd -f -p 80 -h /tmp/www
                """);
        for (String image : new String[] {"broken", "backed"}) {
            laboratory.apply(Manifests.disk(
                    image, "8Mi", "http: {url: 'http://images.%s/%s.qcow2'}".formatted(laboratory.namespace(), image)));
        }

        laboratory.awaitDisk("broken", "ImageInvalid");
        laboratory.awaitDisk("backed", "BackingFileRefused");
    }

    @Test
    void a_clone_boots_and_leaves_its_parent_as_it_was(Laboratory laboratory) {
        laboratory.apply(Manifests.disk("golden", "128Mi", "containerImage: {image: 'kubehv/guest-tiny:1'}"));
        laboratory.awaitDisk("golden", "Ready");
        laboratory.apply(Manifests.disk("clone", "160Mi", "parent: {name: golden}"));
        laboratory.apply(Manifests.diskless("web", """
                  disks:
                  - name: root
                    virtualHardDisk: clone
                  networkAdapters:
                  - name: lan
                    ports: [{name: http, port: 80}]
                """).replace("64Mi", "256Mi"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.write("only here");

        assertThat(web.console()).contains("sda=" + 160 * 1024 * 1024);
        laboratory.apply(Manifests.disk("sibling", "128Mi", "parent: {name: golden}"));
        laboratory.apply(Manifests.diskless("other", """
                  disks:
                  - name: root
                    virtualHardDisk: sibling
                  networkAdapters:
                  - name: lan
                    ports: [{name: http, port: 80}]
                """).replace("64Mi", "256Mi"));
        laboratory.machine("other").awaitGuest();
        assertThat(laboratory.machine("other").read()).doesNotContain("only here");
    }

    @Test
    void a_container_gets_a_volume_that_it_can_not_outgrow(Laboratory laboratory) {
        laboratory.apply("""
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: small
                spec:
                  accessModes: [ReadWriteOnce]
                  resources: {requests: {storage: 32Mi}}
                ---
                apiVersion: v1
                kind: Pod
                metadata:
                  name: writer
                spec:
                  containers:
                  - name: main
                    image: %s
                    command: [/bin/busybox, sleep, "3600"]
                    securityContext: {runAsUser: 0}
                    volumeMounts: [{name: small, mountPath: /small}]
                  volumes:
                  - name: small
                    persistentVolumeClaim: {claimName: small}
                """.formatted(Cluster.CONTAINER_IMAGE));
        laboratory
                .await("the writer", Laboratory.BOOT)
                .until(() -> "Running"
                        .equals(laboratory
                                .client()
                                .pods()
                                .inNamespace(laboratory.namespace())
                                .withName("writer")
                                .get()
                                .getStatus()
                                .getPhase()));

        assertThat(laboratory.inContainer(
                        "writer",
                        "/bin/busybox",
                        "sh",
                        "-c",
                        "dd if=/dev/zero of=/small/fill bs=1M count=64 2>&1; ls -l /small/fill"))
                .contains("No space left");
    }
}
