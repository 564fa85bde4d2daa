using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Connections;

/// <summary>
/// Sends written frames, several in one call to the system, their records from where they lie. Frames that were added are the sender's and disposed when they
/// are sent or sending them failed. Adding and sending take turns.
/// </summary>
internal sealed class FrameSender(Socket socket, BrokerAddress address)
{
    /// <summary>Far below what the system takes at a time.</summary>
    private const int SegmentsMax = 64;

    private const int BytesMax = 1024 * 1024;

    private readonly List<OutgoingFrame> _frames = [];
    private readonly List<ArraySegment<byte>> _segments = [];
    private long _bytes;

    public bool IsEmpty => _frames.Count == 0;

    /// <summary>False, and the frame stays the caller's: it must wait for the next sending.</summary>
    public bool TryAdd(OutgoingFrame frame)
    {
        if (_frames.Count > 0 && (_segments.Count >= SegmentsMax || _bytes + frame.Writer.TotalBytes > BytesMax))
            return false;
        _frames.Add(frame);
        _bytes += frame.Writer.TotalBytes;
        foreach (var segment in frame.Writer.Segments)
        {
            var memory = segment.External is MemoryRecords records ? records.Memory : segment.Memory;
            if (!MemoryMarshal.TryGetArray(memory, out var bytes))
                bytes = memory.ToArray();
            if (bytes.Count > 0)
                _segments.Add(bytes);
        }
        return true;
    }

    /// <exception cref="SocketException">The connection is lost.</exception>
    /// <exception cref="ObjectDisposedException">So it is, and this side has noticed.</exception>
    public async ValueTask SendAsync()
    {
        try
        {
            while (_segments.Count > 0)
            {
                var sent = _segments.Count == 1
                    ? await socket.SendAsync(_segments[0].AsMemory(), SocketFlags.None, CancellationToken.None).ConfigureAwait(false)
                    : await socket.SendAsync(_segments, SocketFlags.None).ConfigureAwait(false);
                Forget(sent);
            }
        }
        catch (Exception cause)
        {
            foreach (var frame in _frames)
                frame.Fail(new BrokerConnectionException(address, "sending failed", cause));
            Clear();
            throw;
        }
        foreach (var frame in _frames)
            frame.Complete();
        Clear();
    }

    private void Clear()
    {
        _frames.Clear();
        _segments.Clear();
        _bytes = 0;
    }

    private void Forget(int sent)
    {
        var whole = 0;
        for (; whole < _segments.Count && _segments[whole].Count <= sent; whole++)
            sent -= _segments[whole].Count;
        _segments.RemoveRange(0, whole);
        if (sent > 0)
            _segments[0] = _segments[0][sent..];
    }
}
