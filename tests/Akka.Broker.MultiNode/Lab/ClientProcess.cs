using System.Diagnostics;

namespace Akka.Broker.MultiNode.Lab;

/// <summary>A Python program in one of the networks. It never outlives the test.</summary>
public sealed class ClientProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _name;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<string> _errors = [];
    private readonly List<(Predicate<string> Wanted, TaskCompletionSource<string> Found)> _waits = [];
    private readonly Task _readers;

    private ClientProcess(ProcessStartInfo start)
    {
        _name = string.Join(' ', start.ArgumentList.Skip(8));
        _process = Process.Start(start)!;
        _readers = Task.WhenAll(ReadAsync(_process.StandardOutput, OnLine), ReadAsync(_process.StandardError, OnError));
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_gate)
                return [.. _errors];
        }
    }

    public static ClientProcess Start(string networkNamespace, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("ip") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // librdkafka 2.0 spins with a thread a broker while it drains partitions after a timeout (its issue 2565): it must not take the processors from the brokers.
        foreach (var word in (string[])["netns", "exec", networkNamespace, "nice", "-n", "15", "/usr/bin/python3", "-Bu", Repository.Script(script), .. arguments])
            start.ArgumentList.Add(word);
        return new ClientProcess(start);
    }

    /// <summary>The first line that is wanted, past or future.</summary>
    public async Task<string> LineAsync(Predicate<string> wanted, TimeSpan? limit = null)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.Find(wanted) is { } past)
                return past;
            _waits.Add((wanted, found));
        }
        var ended = _process.WaitForExitAsync();
        try
        {
            if (await Task.WhenAny(found.Task, ended).WaitAsync(limit ?? TimeSpan.FromSeconds(60)) == ended)
            {
                await _readers;
                if (!found.Task.IsCompleted)
                    throw new InvalidOperationException($"{this} ended before it said what was awaited. {Story()}");
            }
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{this} did not say what was awaited. {Story()}");
        }
        return await found.Task;
    }

    /// <summary>Asks it to end and waits for it; it must end well.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        if (!_process.HasExited)
        {
            await _process.StandardInput.WriteLineAsync("stop");
            await _process.StandardInput.FlushAsync();
        }
        await EndAsync(limit);
    }

    public async Task EndAsync(TimeSpan limit)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{this} did not end within {limit}. {Story()}");
        }
        await _readers;
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"{this} ended with {_process.ExitCode}. {Story()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    public override string ToString() => _name;

    private string Story()
    {
        lock (_gate)
            return $"It said: {string.Join(" | ", _lines.TakeLast(5))}; errors: {string.Join(" | ", _errors.TakeLast(10))}";
    }

    private void OnLine(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            for (var i = _waits.Count - 1; i >= 0; i--)
            {
                if (!_waits[i].Wanted(line))
                    continue;
                _waits[i].Found.TrySetResult(line);
                _waits.RemoveAt(i);
            }
        }
    }

    private void OnError(string line)
    {
        lock (_gate)
            _errors.Add(line);
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> on)
    {
        while (await reader.ReadLineAsync() is { } line)
            on(line);
    }
}
