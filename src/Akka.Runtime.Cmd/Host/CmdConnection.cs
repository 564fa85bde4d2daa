using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Petabridge.Cmd.Parsing;
using Petabridge.Cmd.Wire;

namespace Petabridge.Cmd.Host;

/// <summary>
/// One client. Its commands run beside each other, each as a <see cref="CommandRun"/>; what they say goes out in the order in which it was said. A client that
/// does not read what it asked for is cut off before its output fills the memory. One task reads, one writes; anybody sends.
/// </summary>
internal sealed class CmdConnection : IDisposable
{
    private const int RequestBytesMax = 8 << 20;
    private const int RunningMax = 32;
    private const long UnsentBytesMax = 32 << 20;
    private readonly Socket _socket;
    private readonly CmdFrameStream _frames;
    private readonly NetworkStream _stream;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<CommandPaletteHandler> _handlers;
    private readonly CommandLineParser _parser;
    private readonly Completer _completer;
    private readonly NameProposals _names;
    private readonly Channel<byte[]> _unsent = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<int, IActorRef> _running = new();
    private readonly CancellationTokenSource _ending = new();
    private long _unsentBytes;

    public CmdConnection(Socket socket, ActorSystem system, IReadOnlyList<CommandPaletteHandler> handlers)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _frames = new CmdFrameStream(_stream, RequestBytesMax);
        _system = system;
        _handlers = handlers;
        CommandPalette[] palettes = [.. handlers.Select(h => h.Palette)];
        _parser = new CommandLineParser(palettes);
        _completer = new Completer(palettes);
        _names = new NameProposals(system, handlers);
    }

    /// <summary>Until the client goes or the connection is disposed.</summary>
    /// <exception cref="InvalidDataException">The client does not speak the protocol.</exception>
    public async Task RunAsync()
    {
        var writing = WriteAllAsync();
        try
        {
            if (await _frames.ReadAsync(_ending.Token).ConfigureAwait(false) is not { Type: CmdFrameType.Hello } hello)
                throw new InvalidDataException("It does not begin with a greeting.");
            if (hello.Text != CmdFrame.Version)
            {
                Send(new CmdFrame(CmdFrameType.Refused, hello.Id, $"This host speaks version {CmdFrame.Version} of the command protocol, the client {hello.Text}. Take the pbm of the broker's release."));
                _unsent.Writer.TryComplete();
                await writing.ConfigureAwait(false);
                return;
            }
            Send(new CmdFrame(CmdFrameType.Welcome, 0, _system.Name));
            while (await _frames.ReadAsync(_ending.Token).ConfigureAwait(false) is { } frame)
                OnFrame(frame);
        }
        finally
        {
            _unsent.Writer.TryComplete();
            foreach (var run in _running.Values)
                run.Tell(CommandRun.Cancel.Instance);
        }
    }

    public void Dispose()
    {
        _ending.Cancel();
        _frames.Dispose();
    }

    /// <summary>Queues a frame. A command's last frame ends it here.</summary>
    internal void Send(CmdFrame frame)
    {
        if (frame.Type is CmdFrameType.Done or CmdFrameType.Failed or CmdFrameType.Refused)
            _running.TryRemove(frame.Id, out _);
        var bytes = CmdFrameStream.Encode(frame);
        if (Interlocked.Add(ref _unsentBytes, bytes.Length) > UnsentBytesMax)
            _socket.Dispose();
        else
            _unsent.Writer.TryWrite(bytes);
    }

    private void OnFrame(CmdFrame frame)
    {
        switch (frame.Type)
        {
            case CmdFrameType.Execute:
                Execute(frame);
                break;
            case CmdFrameType.Complete:
                Complete(frame);
                break;
            case CmdFrameType.Cancel:
                // One that has ended meanwhile has told so already.
                if (_running.TryGetValue(frame.Id, out var run))
                    run.Tell(CommandRun.Cancel.Instance);
                break;
            default:
                throw new InvalidDataException($"It sent a frame of type {(byte)frame.Type}, which clients do not send.");
        }
    }

    /// <summary>What the definitions propose, and with it what the palettes know. The answer may come after that of a later question.</summary>
    private void Complete(CmdFrame frame)
    {
        var proposals = _completer.Complete(frame.Words);
        if (_completer.Wanted(frame.Words) is not { } wanted || !_names.TryAsk(wanted, known => Propose(Completer.Begun(frame.Words, proposals.Concat(known)))))
            Propose(proposals);

        void Propose(IReadOnlyList<Proposal> all) =>
            Send(new CmdFrame(CmdFrameType.Proposals, frame.Id, CmdFrame.Join(all.SelectMany(p => new[] { p.Word, p.Meaning }))));
    }

    private void Execute(CmdFrame frame)
    {
        switch (_parser.Parse(frame.Words))
        {
            case ParsedLine.Help help:
                Send(new CmdFrame(CmdFrameType.Done, frame.Id, help.Text));
                break;
            case ParsedLine.Refused refused:
                Send(new CmdFrame(CmdFrameType.Refused, frame.Id, refused.Text));
                break;
            case ParsedLine.Given when _running.Count >= RunningMax || _running.ContainsKey(frame.Id):
                Send(new CmdFrame(CmdFrameType.Failed, frame.Id, $"{_running.Count} commands of this client run; allowed: {RunningMax}, each with an id of its own."));
                break;
            case ParsedLine.Given given:
                var handler = _handlers.First(h => h.Palette.ModuleName == given.Command.Palette);
                _running[frame.Id] = ActorRefs.Nobody;
                var run = _system.ActorOf(CommandRun.Props(handler.HandlerProps, given.Command, f => Send(f with { Id = frame.Id })));
                _running.TryUpdate(frame.Id, run, ActorRefs.Nobody);
                break;
        }
    }

    private async Task WriteAllAsync()
    {
        try
        {
            await foreach (var bytes in _unsent.Reader.ReadAllAsync(_ending.Token).ConfigureAwait(false))
            {
                await _stream.WriteAsync(bytes, _ending.Token).ConfigureAwait(false);
                Interlocked.Add(ref _unsentBytes, -bytes.Length);
            }
        }
        catch (Exception cause) when (cause is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The reader finds the same and ends the connection.
            _socket.Dispose();
        }
    }
}
