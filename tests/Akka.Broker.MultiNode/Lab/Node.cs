using System.Diagnostics;
using System.Text;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>
/// One broker: a process in its own network, on a folder that outlives it. All that its processes say goes to one file, the starts and faults marked in it.
/// </summary>
public sealed class Node(int id, string address, string networkNamespace, string folder, bool hasFaultyDisk, string configFile) : IAsyncDisposable
{
    public const int ClientPort = 9092;
    public const int BrokerPort = 9093;
    public const int AkkaPort = 4053;
    private readonly Lock _appending = new();
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Id => id;

    public string Address => address;

    public string NetworkNamespace => networkNamespace;

    public string Endpoint => $"{address}:{ClientPort}";

    public string DataFolder { get; } = Path.Combine(folder, $"node-{id}");

    public string LogFile { get; } = Path.Combine(folder, $"node-{id}.log");

    private string FaultFile { get; } = Path.Combine(folder, $"node-{id}.fault");

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>When the present process was started, by the <see cref="Clock"/>.</summary>
    public long StartedNs { get; private set; }

    /// <summary>Stopped by SIGSTOP: it is there, and answers nobody.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The build that the next start runs.</summary>
    public string BrokerDll { get; set; } = hasFaultyDisk ? Repository.FaultyBrokerDll : Repository.BrokerDll;

    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;

    /// <summary>Starts the process and returns; <see cref="WaitUntilReadyAsync"/> waits for it.</summary>
    public void Start()
    {
        if (IsRunning)
            throw new InvalidOperationException($"Node {id} is running.");
        var start = new ProcessStartInfo("ip") { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] program = hasFaultyDisk ? [BrokerDll, FaultFile] : [BrokerDll];
        string[] command = ["netns", "exec", networkNamespace, "dotnet", .. program, "--config", configFile];
        foreach (var word in command)
            start.ArgumentList.Add(word);
        _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Mark("start");
        StartedNs = Clock.NowNs;
        _process = Process.Start(start)!;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, _ready), ReadAsync(_process.StandardError, null));
    }

    public async Task WaitUntilReadyAsync(TimeSpan limit)
    {
        var process = _process!;
        var ended = process.WaitForExitAsync();
        try
        {
            var first = await Task.WhenAny(_ready.Task, ended).WaitAsync(limit);
            if (first == ended && !_ready.Task.IsCompleted)
                throw new InvalidOperationException($"Node {id} ended with {process.ExitCode} before it was ready:\n{Tail()}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Node {id} was not ready within {limit.TotalSeconds} s:\n{Tail()}");
        }
    }

    /// <summary>The process ends by itself; the code that it ends with.</summary>
    public async Task<int> EndAsync(TimeSpan limit)
    {
        try
        {
            await _process!.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Node {id} has not ended within {limit.TotalSeconds} s:\n{Tail()}");
        }
        await _reading;
        Mark($"ended with {_process!.ExitCode}");
        return _process.ExitCode;
    }

    /// <summary>kill -9</summary>
    public async Task KillAsync()
    {
        Mark("kill -9");
        _process!.Kill();
        await _process.WaitForExitAsync();
        IsPaused = false;
        await _reading;
    }

    /// <summary>SIGTERM, and the time that the process took to end. It must end with 0.</summary>
    public async Task<TimeSpan> StopAsync(TimeSpan? limit = null)
    {
        Mark("SIGTERM");
        var at = Stopwatch.GetTimestamp();
        await SignalAsync("TERM");
        try
        {
            await _process!.WaitForExitAsync().WaitAsync(limit ?? TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Node {id} did not stop:\n{Tail()}");
        }
        await _reading;
        if (_process!.ExitCode != 0)
            throw new InvalidOperationException($"Node {id} stopped with {_process.ExitCode}:\n{Tail()}");
        return Stopwatch.GetElapsedTime(at);
    }

    public async Task PauseAsync()
    {
        Mark("SIGSTOP");
        IsPaused = true;
        await SignalAsync("STOP");
    }

    public async Task WakeAsync()
    {
        Mark("SIGCONT");
        await SignalAsync("CONT");
        IsPaused = false;
    }

    /// <summary>Makes disk operations fail from now on: <c>Write,Sync error</c>, <c>Write full</c>, <c>none</c>; behind that a part of the paths that are meant.</summary>
    public async Task BreakDiskAsync(string how)
    {
        Mark($"disk: {how}");
        await File.WriteAllTextAsync(FaultFile, how);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
    }

    /// <summary>An empty disk, as after a replacement. The process must not run.</summary>
    public void Wipe()
    {
        Mark("wiped");
        if (Directory.Exists(DataFolder))
            Directory.Delete(DataFolder, recursive: true);
    }

    /// <summary>User and system time of the process so far.</summary>
    public TimeSpan ProcessorTime()
    {
        _process!.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>Lines of the log file that have been written since the length that it had.</summary>
    public IEnumerable<string> LogSince(long length)
    {
        using var stream = new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(length, SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    public long LogLength => File.Exists(LogFile) ? new FileInfo(LogFile).Length : 0;

    public string Tail() => File.Exists(LogFile) ? string.Join("\n", LogSince(Math.Max(0, LogLength - 4000))) : "(no log)";

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            _process!.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
    }

    private Task SignalAsync(string signal) => Shell.RunAsync("kill", "-s", signal, $"{_process!.Id}");

    private void Mark(string what) => Append($"---- {DateTime.UtcNow:HH:mm:ss.fff} {what} ----");

    private async Task ReadAsync(StreamReader reader, TaskCompletionSource? ready)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            Append(line);
            if (ready is not null && line.StartsWith("ready ", StringComparison.Ordinal))
                ready.TrySetResult();
        }
    }

    private void Append(string line)
    {
        lock (_appending)
            File.AppendAllText(LogFile, line + "\n", Encoding.UTF8);
    }
}
