using Akka.Configuration;

namespace Akka.Persistence;

/// <summary>
/// The circuit breaker of one plugin, as its settings ask for: a plugin that keeps failing is left alone for a while.
/// <code>
///   closed ──max-failures in a row──▶ open: calls fail at once ──reset-timeout──▶ half open: one call is tried ──▶ closed, or open again
/// </code>
/// A call that takes longer than call-timeout has failed; it may still be carried out. Any thread.
/// </summary>
internal sealed class PluginBreaker(string plugin, Config config)
{
    private readonly int _maxFailures = Math.Max(1, config.GetInt("circuit-breaker.max-failures", 10));
    private readonly TimeSpan _callTimeout = config.GetTimeSpan("circuit-breaker.call-timeout", TimeSpan.FromSeconds(10));
    private readonly TimeSpan _resetTimeout = config.GetTimeSpan("circuit-breaker.reset-timeout", TimeSpan.FromSeconds(30));
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Lock _gate = new();
    private int _failures;
    private long _openedAt;
    private bool _trying;

    private bool IsClosed => Volatile.Read(ref _failures) < _maxFailures;

    public static Exception Unwrap(Exception e) => e is AggregateException { InnerExceptions.Count: 1 } one ? one.InnerExceptions[0] : e;

    /// <summary>Calls; a call that is complete when it returns costs nothing more.</summary>
    public Task<T> Call<TState, T>(TState state, Func<TState, Task<T>> call)
    {
        if (!IsClosed && !TryEnter(out var rest))
        {
            return Task.FromException<T>(new InvalidOperationException(
                $"the circuit breaker of {plugin} is open after {_maxFailures} failures in a row; calls are tried again in {rest.TotalSeconds:0.0}s"));
        }

        Task<T> task;
        try
        {
            task = call(state);
        }
        catch (Exception e)
        {
            task = Task.FromException<T>(e);
        }

        if (task.IsCompletedSuccessfully)
        {
            Succeeded();
            return task;
        }

        return AwaitAsync(task);
    }

    public Task Call<TState>(TState state, Func<TState, Task> call) => Call((state, call), static async s =>
    {
        await s.call(s.state).ConfigureAwait(false);
        return true;
    });

    private async Task<T> AwaitAsync<T>(Task<T> task)
    {
        try
        {
            var result = await (_callTimeout > TimeSpan.Zero ? task.WaitAsync(_callTimeout, _time) : task).ConfigureAwait(false);
            Succeeded();
            return result;
        }
        catch (TimeoutException e) when (!task.IsCompleted)
        {
            Failed();
            throw new TimeoutException($"a call of {plugin} took longer than circuit-breaker.call-timeout, {_callTimeout.TotalSeconds}s", e);
        }
        catch
        {
            Failed();
            throw;
        }
    }

    private bool TryEnter(out TimeSpan rest)
    {
        lock (_gate)
        {
            rest = _resetTimeout - _time.GetElapsedTime(_openedAt);
            if (rest > TimeSpan.Zero || _trying)
            {
                return false;
            }

            _trying = true;
            return true;
        }
    }

    private void Succeeded()
    {
        if (Volatile.Read(ref _failures) > 0)
        {
            lock (_gate)
            {
                _failures = 0;
                _trying = false;
            }
        }
    }

    private void Failed()
    {
        lock (_gate)
        {
            _trying = false;
            if (++_failures >= _maxFailures)
            {
                _failures = _maxFailures;
                _openedAt = _time.GetTimestamp();
            }
        }
    }
}
