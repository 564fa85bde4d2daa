using Akka.Actor;
using Akka.Broker.Metrics;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller;

/// <summary>The controller does not carry a command out, or does not say so in time; asking again is safe.</summary>
public sealed class ControllerUnavailableException(ErrorCode error, string message) : Exception(message)
{
    public ErrorCode Error { get; } = error;
}

/// <summary>
/// Asks the controller, on whichever node it is, and waits for its answer. While no controller is known, or the one that was asked is none (any more), it is
/// looked for again and asked again until the time is over. A command that was with a controller that has lost its epoch may have been carried out: asked
/// again, a topic can turn out to exist already. Any thread.
/// </summary>
public sealed class ControllerClient
{
    /// <summary>How long an answer is waited for where the asker has no bound of its own.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly IControllerLocator _locator;
    private readonly MetadataCache? _metadata;
    private readonly TimeProvider _time;
    private readonly bool _retries;

    /// <summary>Asks this one and no other, once.</summary>
    public ControllerClient(IActorRef controller, TimeProvider time, MetadataCache? metadata = null)
    {
        _locator = new Fixed(controller);
        _metadata = metadata;
        _time = time;
    }

    /// <param name="locator">Finds the controller.</param>
    /// <param name="metadata">This node's: an answer is handed on when what it tells of shows there.</param>
    /// <param name="time">For deadlines.</param>
    public ControllerClient(IControllerLocator locator, MetadataCache metadata, TimeProvider time)
    {
        _locator = locator;
        _metadata = metadata;
        _time = time;
        _retries = true;
    }

    /// <summary>Where unanswered questions are counted.</summary>
    public InFlight Asks { get; init; } = new();

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public async Task<TResponse> AdministerAsync<TResponse>(
        IRequest request, TimeSpan timeout, CancellationToken cancellation = default, short version = AdminCommand.HighestVersion)
        where TResponse : IResponse
    {
        var started = _time.GetTimestamp();
        var answer = await AskAsync<AdminAnswer>(new AdminCommand(request) { Version = version }, timeout, cancellation).ConfigureAwait(false);
        await SeeAsync(answer.MetadataOffset, timeout - _time.GetElapsedTime(started), cancellation).ConfigureAwait(false);
        return (TResponse)answer.Response;
    }

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public Task<BrokerRegistered> RegisterAsync(RegisterBroker command, CancellationToken cancellation = default) =>
        AskAsync<BrokerRegistered>(command, DefaultTimeout, cancellation);

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public Task<ProducerIdBlock> AllocateProducerIdsAsync(AllocateProducerIds command, CancellationToken cancellation = default) =>
        AskAsync<ProducerIdBlock>(command, DefaultTimeout, cancellation);

    /// <summary>Asks that others take over what this broker leads; again, while something remains that somebody may yet take over.</summary>
    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public Task<BrokerShuttingDown> ShutDownAsync(ShutDownBroker command, TimeSpan timeout, CancellationToken cancellation = default) =>
        AskAsync<BrokerShuttingDown>(command, timeout, cancellation);

    /// <summary>Says which replicas of this broker are offline.</summary>
    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public Task<OfflineReplicasNoted> ReportAsync(ReportOfflineReplicas command, TimeSpan timeout, CancellationToken cancellation = default) =>
        AskAsync<OfflineReplicasNoted>(command, timeout, cancellation);

    private async Task<T> AskAsync<T>(IControllerCommand command, TimeSpan timeout, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        ControllerUnavailableException? last = null;
        while (true)
        {
            var left = timeout - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                throw last ?? TimedOut(timeout);
            try
            {
                return await AttemptAsync<T>(command, left, timeout, cancellation).ConfigureAwait(false);
            }
            catch (ControllerUnavailableException unavailable) when (
                _retries && unavailable.Error is ErrorCode.NotController or ErrorCode.BrokerNotAvailable && RetryInterval < timeout - _time.GetElapsedTime(started))
            {
                last = unavailable;
            }
            await Task.Delay(RetryInterval, _time, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<T> AttemptAsync<T>(IControllerCommand command, TimeSpan left, TimeSpan timeout, CancellationToken cancellation)
    {
        var asked = _locator.ControllerId;
        if (_locator.Find() is not { } controller)
            throw new ControllerUnavailableException(ErrorCode.NotController, "No controller is known: the metadata quorum has no leader that this node hears.");
        using var moved = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        object answer;
        Asks.Begin();
        try
        {
            var asking = controller.Ask<object>(command, left, moved.Token);
            while (_retries && !asking.IsCompleted)
            {
                await Task.WhenAny(asking, Task.Delay(RetryInterval, _time, moved.Token)).ConfigureAwait(false);
                if (!asking.IsCompleted && _locator.ControllerId != asked && !ReferenceEquals(_locator.Find(), controller))
                    await moved.CancelAsync().ConfigureAwait(false);
            }
            answer = await asking.ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw TimedOut(timeout);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ControllerUnavailableException(ErrorCode.NotController, $"Node {asked} was asked and is not the controller any more.");
        }
        finally
        {
            Asks.End();
        }
        return answer switch
        {
            T expected => expected,
            ControllerUnavailable unavailable => throw new ControllerUnavailableException(unavailable.Error, unavailable.Message),
            Status.Failure failure => throw new ControllerUnavailableException(ErrorCode.UnknownServerError, failure.Cause.Message),
            _ => throw new ControllerUnavailableException(ErrorCode.UnknownServerError, $"The controller answered a {answer.GetType().Name}."),
        };
    }

    /// <summary>Waits until this node's metadata has the offset: who asked here will look here.</summary>
    private async Task SeeAsync(long offset, TimeSpan left, CancellationToken cancellation)
    {
        if (_metadata is null || _metadata.Current.Offset >= offset || left <= TimeSpan.Zero)
            return;
        using var late = new CancellationTokenSource(left, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            await _metadata.WaitForAsync(offset, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It is carried out; that this node lags is no reason to say otherwise.
        }
    }

    private static ControllerUnavailableException TimedOut(TimeSpan timeout) =>
        new(ErrorCode.RequestTimedOut, $"The controller has not answered within {timeout.TotalMilliseconds:0} ms.");

    private sealed class Fixed(IActorRef controller) : IControllerLocator
    {
        public int ControllerId => 0;

        public ICanTell Find() => controller;
    }
}
