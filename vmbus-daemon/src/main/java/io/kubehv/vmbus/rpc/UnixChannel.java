package io.kubehv.vmbus.rpc;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;

/** A gRPC client's channel to a UNIX socket. */
public final class UnixChannel {
    private UnixChannel() {}

    /** Connects when it is first used, and again when the server was restarted. */
    public static ManagedChannel to(Path socket, EventLoopGroup eventLoop) {
        return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(eventLoop)
                // grpc-java would send the socket's path as the authority, which gRPC servers in Go refuse.
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
    }
}
