using Akka.Actor;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Controller;

/// <summary>The controller does not carry a command out, or does not say so in time; asking again is safe.</summary>
public sealed class ControllerUnavailableException(ErrorCode error, string message) : Exception(message)
{
    public ErrorCode Error { get; } = error;
}

/// <summary>Asks the controller and waits for its answer. Any thread.</summary>
public sealed class ControllerClient(IActorRef controller)
{
    /// <summary>How long an answer is waited for where the asker has no bound of its own.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public async Task<TResponse> AdministerAsync<TResponse>(IRequest request, TimeSpan timeout, CancellationToken cancellation = default)
        where TResponse : IResponse
    {
        var answer = await AskAsync<AdminAnswer>(new AdminCommand(request), timeout, cancellation).ConfigureAwait(false);
        return (TResponse)answer.Response;
    }

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public Task<BrokerRegistered> RegisterAsync(RegisterBroker command, CancellationToken cancellation = default) =>
        AskAsync<BrokerRegistered>(command, DefaultTimeout, cancellation);

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public Task<ProducerIdBlock> AllocateProducerIdsAsync(AllocateProducerIds command, CancellationToken cancellation = default) =>
        AskAsync<ProducerIdBlock>(command, DefaultTimeout, cancellation);

    private async Task<T> AskAsync<T>(IControllerCommand command, TimeSpan timeout, CancellationToken cancellation)
    {
        object answer;
        try
        {
            answer = await controller.Ask<object>(command, timeout, cancellation).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw new ControllerUnavailableException(ErrorCode.RequestTimedOut, $"The controller has not answered within {timeout.TotalMilliseconds:0} ms.");
        }
        return answer switch
        {
            T expected => expected,
            ControllerUnavailable unavailable => throw new ControllerUnavailableException(unavailable.Error, unavailable.Message),
            Status.Failure failure => throw new ControllerUnavailableException(ErrorCode.UnknownServerError, failure.Cause.Message),
            _ => throw new ControllerUnavailableException(ErrorCode.UnknownServerError, $"The controller answered a {answer.GetType().Name}."),
        };
    }
}
