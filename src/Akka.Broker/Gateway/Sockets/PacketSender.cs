using System.Buffers;
using System.Net.Sockets;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage;

namespace Akka.Broker.Gateway.Sockets;

/// <summary>
/// Sends responses of mixed memory and file ranges through one socket. Small pieces, file ranges up to <see cref="CopiedRangeMax"/> among them, are
/// gathered and go out in one send; larger ranges go from file to socket by sendfile, corked so that headers share the packets of the data. Ranges of
/// what is no operating system file are copied, piece by piece.
/// A range that is cut short under the reader (its segment was truncated) ends the connection: the length has been announced.
/// One caller at a time: the connection's pump.
/// </summary>
internal sealed class PacketSender(Socket socket, TimeProvider time)
{
    /// <summary>Up to this size a read and a send are cheaper than a sendfile of its own (measured on loopback).</summary>
    private const int CopiedRangeMax = 16 * 1024;

    private const int GatherSize = 64 * 1024;

    /// <summary>No single send is larger, so that a slow reader is told from one that does not read.</summary>
    private const int SendMax = 1024 * 1024;

    private const int TcpLevel = 6;
    private const int TcpCork = 3;

    private byte[]? _gather;
    private int _gathered;
    private bool _isCorked;
    private long _sendStartedAt = -1;

    /// <summary>When the send that is waiting for the client began, as <see cref="TimeProvider.GetTimestamp"/>; -1 if none is.</summary>
    public long SendStartedAt => Volatile.Read(ref _sendStartedAt);

    /// <summary>Sends all, in order.</summary>
    /// <exception cref="SocketException">The connection is lost.</exception>
    /// <exception cref="IOException">A file range could not be read whole.</exception>
    public async ValueTask SendAsync(List<ResponseFrame> batch)
    {
        try
        {
            if (batch.Count == 1 && TryGetOnlyMemory(batch[0], out var memory))
            {
                await SendMemoryAsync(memory).ConfigureAwait(false);
                return;
            }
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch[i].Writer is not { } writer)
                    continue;
                // Not a foreach: the enumerator is kept across awaits.
                var segments = writer.Segments.GetEnumerator();
                while (segments.MoveNext())
                {
                    var segment = segments.Current;
                    switch (segment.External)
                    {
                        case null: await AddAsync(segment.Memory).ConfigureAwait(false); break;
                        case MemoryRecords records: await AddAsync(records.Memory).ConfigureAwait(false); break;
                        case FileRecords range: await AddAsync(range).ConfigureAwait(false); break;
                        default: throw new InvalidOperationException($"Records of type {segment.External.GetType().Name} cannot be sent.");
                    }
                }
            }
            await FlushAsync().ConfigureAwait(false);
            Cork(false);
        }
        finally
        {
            _gathered = 0;
            if (_gather is { } gather)
                ArrayPool<byte>.Shared.Return(gather);
            _gather = null;
        }
    }

    private static bool TryGetOnlyMemory(ResponseFrame response, out ReadOnlyMemory<byte> memory)
    {
        memory = default;
        if (response.Writer is not { } writer)
            return true;
        var isFirst = true;
        foreach (var segment in writer.Segments)
        {
            if (!isFirst || segment.External is not null)
                return false;
            isFirst = false;
            memory = segment.Memory;
        }
        return true;
    }

    private async ValueTask AddAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > GatherSize - _gathered)
            await FlushAsync().ConfigureAwait(false);
        if (bytes.Length > GatherSize)
        {
            await SendMemoryAsync(bytes).ConfigureAwait(false);
            return;
        }
        bytes.CopyTo(Gather().AsMemory(_gathered));
        _gathered += bytes.Length;
    }

    private async ValueTask AddAsync(FileRecords range)
    {
        if (range.SizeInBytes > CopiedRangeMax && range.Stream is { IsAsync: true } stream)
        {
            Cork(true);
            await FlushAsync().ConfigureAwait(false);
            try
            {
                await SendFileAsync(stream, range.Position, range.SizeInBytes).ConfigureAwait(false);
            }
            catch (SocketException e) when (!IsOfConnection(e.SocketErrorCode))
            {
                range.CheckReadable();
                throw;
            }
            return;
        }
        for (var done = 0; done < range.SizeInBytes;)
        {
            if (_gathered == GatherSize)
                await FlushAsync().ConfigureAwait(false);
            var read = range.Read(done, Gather().AsSpan(_gathered, GatherSize - _gathered));
            if (read == 0)
                throw new IOException($"A segment file was cut: {done} of {range.SizeInBytes} bytes from {range.Position} on could be read.");
            done += read;
            _gathered += read;
        }
    }

    /// <summary>What a sendfile ends with when the client is gone or we are; anything else may be the disk's.</summary>
    private static bool IsOfConnection(SocketError error) => error is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
        or SocketError.NotConnected or SocketError.TimedOut or SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotSocket
        or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.NetworkReset;

    private byte[] Gather() => _gather ??= ArrayPool<byte>.Shared.Rent(GatherSize);

    private ValueTask FlushAsync()
    {
        if (_gathered == 0)
            return ValueTask.CompletedTask;
        var bytes = _gather.AsMemory(0, _gathered);
        _gathered = 0;
        return SendMemoryAsync(bytes);
    }

    private async ValueTask SendMemoryAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Volatile.Write(ref _sendStartedAt, time.GetTimestamp());
            var piece = bytes[..Math.Min(bytes.Length, SendMax)];
            var sent = await socket.SendAsync(piece, SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
        Volatile.Write(ref _sendStartedAt, -1);
    }

    private async ValueTask SendFileAsync(FileStream file, long position, int size)
    {
        var packets = FilePackets.Rent();
        while (size > 0)
        {
            Volatile.Write(ref _sendStartedAt, time.GetTimestamp());
            var piece = Math.Min(size, SendMax);
            var sent = await packets.SendAsync(socket, file, position, piece).ConfigureAwait(false);
            if (sent != piece)
                throw new IOException($"{file.Name} was cut: {sent} of {piece} bytes at {position} could be sent.");
            position += piece;
            size -= piece;
        }
        Volatile.Write(ref _sendStartedAt, -1);
        packets.Return();
    }

    /// <summary>While corked, Linux holds back packets that are not full.</summary>
    private void Cork(bool on)
    {
        if (on == _isCorked || !OperatingSystem.IsLinux())
            return;
        _isCorked = on;
        Span<byte> value = [(byte)(on ? 1 : 0), 0, 0, 0];
        socket.SetRawSocketOption(TcpLevel, TcpCork, value);
    }
}
