using Akka.Broker.Protocol;

namespace Akka.Broker.Client;

/// <summary>Something that was asked of the cluster failed; <see cref="ErrorCode"/> is Kafka's, of a broker or of the client itself.</summary>
public class BrokerClientException : Exception
{
    public BrokerClientException(ErrorCode errorCode, string message, Exception? cause = null)
        : base(message, cause) => ErrorCode = errorCode;

    /// <param name="errorCode">What the broker answered.</param>
    /// <param name="what">What was asked, as the beginning of a sentence: <c>Creating topic orders</c>.</param>
    /// <param name="brokerMessage">What the broker said beside the code.</param>
    public static BrokerClientException Of(ErrorCode errorCode, string what, string? brokerMessage = null) =>
        new(errorCode, string.IsNullOrEmpty(brokerMessage) ? $"{what} failed: {errorCode}." : $"{what} failed: {errorCode}: {brokerMessage}");

    public ErrorCode ErrorCode { get; }

    /// <summary>Whether the same may succeed later without anybody changing anything.</summary>
    public virtual bool IsRetriable => ErrorCode.IsRetriable();
}

/// <summary>No broker that could answer was reached in time.</summary>
public sealed class BrokerUnreachableException(string message, Exception? cause = null)
    : BrokerClientException(ErrorCode.NetworkException, message, cause);
