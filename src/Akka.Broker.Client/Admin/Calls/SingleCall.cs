using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Admin.Calls;

/// <summary>Asks one thing until it is answered, refused for good, or the time is over.</summary>
internal static class SingleCall
{
    /// <param name="call">Whose time it takes.</param>
    /// <param name="attempt">One try; a code that the broker answered is thrown by <see cref="Check"/>.</param>
    public static async Task<TValue> RunAsync<TValue>(AdminCall call, Func<Task<TValue>> attempt)
    {
        BrokerClientException? obstacle = null;
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (BrokerClientException failure) when (AdminErrors.IsPassing(failure.ErrorCode))
            {
                // That the time is over is no reason; what was met before is.
                obstacle = call.IsOver ? obstacle ?? failure : failure;
            }

            if (!await call.BackOffAsync(tries).ConfigureAwait(false))
                throw call.TimedOut(obstacle);
        }
    }

    /// <param name="code">What the broker answered.</param>
    /// <param name="what">What was asked, as the beginning of a sentence.</param>
    /// <param name="text">What it said beside the code.</param>
    /// <exception cref="BrokerClientException">It is an error.</exception>
    public static void Check(ErrorCode code, string what, string? text = null)
    {
        if (code != ErrorCode.None)
            throw BrokerClientException.Of(code, what, text);
    }
}
