using System.Net.Sockets;
using Petabridge.Cmd.Wire;

namespace Pbm;

/// <summary>A connection to a host: one command, or one question for completion, at a time. One caller; <see cref="Cancel"/> from any thread.</summary>
internal sealed class CmdClient : IDisposable
{
    private const int ResponseBytesMax = 64 << 20;
    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(5);
    private readonly Socket _socket;
    private readonly CmdFrameStream _frames;
    private readonly SemaphoreSlim _writing = new(1);
    private int _id;
    private int _running;

    private CmdClient(Socket socket)
    {
        _socket = socket;
        _frames = new CmdFrameStream(new NetworkStream(socket, ownsSocket: true), ResponseBytesMax);
    }

    /// <exception cref="IOException">Nobody answers there, or not a host of palettes.</exception>
    public static async Task<CmdClient> ConnectAsync(HostAddress address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var client = new CmdClient(await OpenAsync(socket, address).ConfigureAwait(false));
        try
        {
            using var limit = new CancellationTokenSource(ConnectMax);
            await client._frames.WriteAsync(new CmdFrame(CmdFrameType.Hello, 0, CmdFrame.Version), limit.Token).ConfigureAwait(false);
            var answer = await client._frames.ReadAsync(limit.Token).ConfigureAwait(false);
            if (answer is { Type: CmdFrameType.Welcome })
                return client;
            client.Dispose();
            throw new IOException(answer is { Type: CmdFrameType.Refused } refused ? refused.Text : $"What answers at {address} is no host of palettes.");
        }
        catch (Exception cause) when (cause is OperationCanceledException or InvalidDataException or EndOfStreamException)
        {
            client.Dispose();
            throw new IOException($"What answers at {address} is no host of palettes; the broker's is petabridge.cmd.port, 9110 by default.", cause);
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="words">Of the command line.</param>
    /// <param name="onOutput">Each piece of output, and whether it tells of an error.</param>
    /// <returns>Its exit code.</returns>
    /// <exception cref="IOException">The host is gone; what became of the command is not known.</exception>
    public async Task<int> ExecuteAsync(IEnumerable<string> words, Action<string, bool> onOutput)
    {
        var id = Volatile.Read(ref _id) + 1;
        Volatile.Write(ref _id, id);
        Volatile.Write(ref _running, id);
        await SendAsync(new CmdFrame(CmdFrameType.Execute, id, CmdFrame.Join(words))).ConfigureAwait(false);
        while (true)
        {
            var frame = await ReceiveAsync().ConfigureAwait(false);
            if (frame.Id != id)
                continue;
            var isError = frame.Type is CmdFrameType.Failed or CmdFrameType.Refused;
            if (frame.Text.Length > 0)
                onOutput(frame.Text, isError);
            if (frame.Type == CmdFrameType.Output)
                continue;
            Volatile.Write(ref _running, 0);
            return frame.Type switch { CmdFrameType.Done => ExitCode.Done, CmdFrameType.Refused => ExitCode.Refused, _ => ExitCode.Failed };
        }
    }

    /// <summary>What could stand at the end of these words, each with its meaning.</summary>
    public async Task<IReadOnlyList<(string Word, string Meaning)>> CompleteAsync(IEnumerable<string> words)
    {
        var id = Volatile.Read(ref _id) + 1;
        Volatile.Write(ref _id, id);
        await SendAsync(new CmdFrame(CmdFrameType.Complete, id, CmdFrame.Join(words))).ConfigureAwait(false);
        var frame = await ReceiveAsync().ConfigureAwait(false);
        while (frame.Id != id)
            frame = await ReceiveAsync().ConfigureAwait(false);
        return [.. frame.Words.Chunk(2).Select(p => (p[0], p.Length > 1 ? p[1] : ""))];
    }

    /// <summary>Ends the running command; false if none runs.</summary>
    public bool Cancel()
    {
        if (Volatile.Read(ref _running) is not (> 0 and var id))
            return false;
        _ = SendAsync(new CmdFrame(CmdFrameType.Cancel, id, ""));
        return true;
    }

    public void Dispose()
    {
        _frames.Dispose();
        _socket.Dispose();
        _writing.Dispose();
    }

    private static async Task<Socket> OpenAsync(Socket socket, HostAddress address)
    {
        try
        {
            using var limit = new CancellationTokenSource(ConnectMax);
            await socket.ConnectAsync(address.Host, address.Port, limit.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception cause) when (cause is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            var reason = cause is SocketException refused ? refused.SocketErrorCode.ToString() : $"no answer within {ConnectMax.TotalSeconds:0} s";
            throw new IOException($"No host of palettes at {address} ({reason}). Does the broker run, and is petabridge.cmd there? usage: pbm [HOST:PORT] <palette> <command> [switches]", cause);
        }
    }

    private async Task SendAsync(CmdFrame frame)
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            await _frames.WriteAsync(frame, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<CmdFrame> ReceiveAsync() =>
        await _frames.ReadAsync(CancellationToken.None).ConfigureAwait(false) ?? throw new IOException("The host has closed the connection.");
}
