using System.Net.Sockets;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>
/// One TCP connection with a peer that both sides have agreed on. A reader delivers what comes, a writer sends what queues in the
/// association, as much as there is in one write. It ends when either fails, when the peer says goodbye, or when it is closed.
/// </summary>
internal sealed class Connection
{
    private const int BatchBytes = 64 * 1024;
    private const int BatchKeepMax = 256 * 1024;

    private readonly Association _association;
    private readonly Socket _socket;
    private readonly FrameReader _frames;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FailureDetector _silence;
    private readonly SystemMessageInbox _inbox;
    private Exception? _cause;
    private volatile bool _isDeaf;
    private volatile bool _hasAck;
    private volatile bool _hasHeartbeat;
    private volatile bool _hasResend;
    private (PartingReason Reason, string Text)? _goodbye;

    public Connection(Association association, Socket socket, FrameReader frames, bool isInbound, ulong attempt, int uid, SystemMessageInbox inbox)
    {
        _association = association;
        _socket = socket;
        _frames = frames;
        IsInbound = isInbound;
        Attempt = attempt;
        Uid = uid;
        _inbox = inbox;
        _silence = association.Remoting.NewSilenceDetector();
        _silence.HeartBeat();
    }

    /// <summary>Whether the peer made it.</summary>
    public bool IsInbound { get; }

    /// <summary>The initiator's count of its attempts.</summary>
    public ulong Attempt { get; }

    /// <summary>The peer's incarnation.</summary>
    public int Uid { get; }

    /// <summary>Whether the peer said goodbye.</summary>
    public bool HasParted { get; private set; }

    /// <summary>Completes, never with an error, when reader and writer have ended.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Serves the connection to its end, once <paramref name="before"/> has ended, which may have the same queue.</summary>
    public async Task RunAsync(Connection? before)
    {
        if (before is not null)
        {
            before.Close(null);
            await before.Completed.ConfigureAwait(false);
        }
        var reader = ReadAsync();
        var writer = WriteAsync();
        await Task.WhenAll(reader, writer).ConfigureAwait(false);
        _socket.Dispose();
        _ended.Dispose();
        _completed.TrySetResult();
        _association.OnEnded(this, _cause);
    }

    /// <summary>Ends it at once.</summary>
    public void Close(Exception? cause)
    {
        Interlocked.CompareExchange(ref _cause, cause, null);
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Ends it with a word to the peer; at a shutdown after what is queued now.</summary>
    public void CloseAfterQueue(PartingReason reason, string text)
    {
        lock (_frames)
            _goodbye ??= (reason, text);
        _isDeaf = reason == PartingReason.Quarantined;
        _association.Queue.Wake();
        try
        {
            _ended.CancelAfter(_association.Remoting.Settings.FlushWait);
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>
    /// Called at times: keeps the connection from falling silent, and ends it when the peer does. After a stall of this process what the
    /// peer sent meanwhile is first to be read.
    /// </summary>
    public void Tick(bool heartbeatIsDue, bool wasStalled)
    {
        if (!wasStalled && !_silence.IsAvailable)
        {
            Close(new RemoteTransportException("nothing was heard from the peer for too long (akka.remote.transport-failure-detector)"));
        }
        else if (heartbeatIsDue)
        {
            _hasHeartbeat = true;
            _association.Queue.Wake();
        }
    }

    /// <summary>Has the system messages without acknowledgement written again.</summary>
    public void Resend()
    {
        _hasResend = true;
        _association.Queue.Wake();
    }

    private async Task ReadAsync()
    {
        await Task.Yield();
        try
        {
            var decoder = new FrameDecoder(_association);
            do
            {
                _silence.HeartBeat();
                while (!_ended.IsCancellationRequested && _frames.TryRead(out var frame))
                {
                    if (!_isDeaf)
                        Handle(frame.Span, decoder);
                }
                if (_hasAck)
                    _association.Queue.Wake();
            }
            while (!_ended.IsCancellationRequested && await _frames.ReceiveAsync(_ended.Token).ConfigureAwait(false));
            Close(null);
        }
        catch (Exception e)
        {
            Close(e is OperationCanceledException ? null : e);
        }
    }

    private void Handle(ReadOnlySpan<byte> frame, FrameDecoder decoder)
    {
        var reader = new WireReader(frame[1..]);
        switch ((FrameKind)frame[0])
        {
            case FrameKind.Message:
                decoder.DeliverMessage(reader);
                break;
            case FrameKind.System:
                decoder.DeliverSystem(reader, _inbox);
                _hasAck = true;
                break;
            case FrameKind.Ack:
                _association.OnAck(this, reader.VarUInt());
                break;
            case FrameKind.Heartbeat:
                break;
            case FrameKind.Goodbye:
                var (reason, text) = ((PartingReason)reader.Byte(), reader.String());
                HasParted = true;
                _association.OnGoodbye(reason, text);
                Close(null);
                break;
            default:
                throw new InvalidDataException($"the peer sent a frame of the unknown kind {frame[0]}");
        }
    }

    private async Task WriteAsync()
    {
        await Task.Yield();
        try
        {
            var batch = new WireWriter(1024);
            var encoder = new FrameEncoder(_association);
            var isLast = false;
            WriteAll(_association.SystemMessagesBeforeQueue(), batch, encoder);
            while (!_ended.IsCancellationRequested)
            {
                for (var rest = batch.WrittenMemory; !rest.IsEmpty;)
                    rest = rest[await _socket.SendAsync(rest, SocketFlags.None, _ended.Token).ConfigureAwait(false)..];
                if (isLast)
                    break;
                await _association.Queue.WaitAsync(_ended.Token).ConfigureAwait(false);
                batch.Clear(BatchKeepMax);
                isLast = Fill(batch, encoder);
            }
            // The peer closes when it has read the goodbye; till then what it still sends is read.
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e)
        {
            Close(e is OperationCanceledException ? null : e);
        }
    }

    /// <summary>Takes what is queued into the batch as long as that is small; true if nothing comes after it.</summary>
    private bool Fill(WireWriter batch, FrameEncoder encoder)
    {
        (PartingReason Reason, string Text)? goodbye;
        lock (_frames)
            goodbye = _goodbye;
        if (_hasAck)
        {
            _hasAck = false;
            FrameEncoder.WriteAck(_inbox.Delivered, batch);
        }
        if (_hasResend)
        {
            _hasResend = false;
            WriteAll(_association.SystemMessagesToResend(), batch, encoder);
        }
        if (_hasHeartbeat)
        {
            _hasHeartbeat = false;
            FrameEncoder.WriteHeartbeat(batch);
        }
        var isEmpty = goodbye is { Reason: not PartingReason.Shutdown };
        while (!isEmpty && batch.Length < BatchBytes)
        {
            if (!_association.Queue.TryTake(out var outbound))
                isEmpty = true;
            else if (outbound.Message is not null)
                Write(outbound, batch, encoder);
        }
        if (!isEmpty || goodbye is not { } parting)
            return false;
        FrameEncoder.WriteParting(FrameKind.Goodbye, parting.Reason, parting.Text, batch);
        return true;
    }

    private void WriteAll(List<Outbound> all, WireWriter batch, FrameEncoder encoder)
    {
        foreach (var outbound in all)
            Write(outbound, batch, encoder);
    }

    private void Write(in Outbound outbound, WireWriter batch, FrameEncoder encoder)
    {
        if (outbound.SystemNumber != 0 && !_association.IsOfNow(outbound))
            return;
        if (!encoder.TryWrite(outbound, batch) && outbound.SystemNumber != 0)
            _association.Quarantine(Uid, "a system message cannot be delivered");
    }
}
