using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>The outcome of one request. It has one owner, who disposes it: the pooled buffer and the file ranges in it are held until it is sent.</summary>
/// <param name="Writer">The response, its length field and header included; null if none is sent (acks=0).</param>
/// <param name="ThrottleTimeMs">For how long no further request of the connection is read (KIP-219); the response says so too.</param>
public readonly record struct ResponseFrame(MessageWriter? Writer, int ThrottleTimeMs = 0) : IDisposable
{
    /// <summary>The request is answered by silence.</summary>
    public static readonly ResponseFrame None = new(null);

    /// <summary>Of the time until it was ready, what others took: replicas to copy, producers to write what is read. In ticks of the gateway's clock.</summary>
    public long RemoteTicks { get; init; }

    /// <summary>Whether it answers a follower's fetch.</summary>
    public bool IsForReplica { get; init; }

    /// <summary>What it holds in memory; file ranges cost none.</summary>
    public long BytesInMemory
    {
        get
        {
            if (Writer is null)
                return 0;
            var bytes = 0L;
            foreach (var segment in Writer.Segments)
            {
                if (segment.External is null or MemoryRecords)
                    bytes += segment.Length;
            }
            return bytes;
        }
    }

    public void Dispose()
    {
        if (Writer is null)
            return;
        foreach (var segment in Writer.Segments)
        {
            if (segment.External is IDisposable lease)
                lease.Dispose();
        }
        Writer.Dispose();
    }
}
