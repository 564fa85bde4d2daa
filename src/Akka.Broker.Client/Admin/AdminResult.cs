namespace Akka.Broker.Client.Admin;

/// <summary>What came of one item: its value, or the reason why there is none.</summary>
public sealed class AdminResult<TValue>
{
    private readonly TValue? _value;

    internal AdminResult(TValue value) => _value = value;

    internal AdminResult(BrokerClientException error) => Error = error;

    public bool IsSuccess => Error is null;

    public BrokerClientException? Error { get; }

    /// <exception cref="BrokerClientException">There is none: it is the <see cref="Error"/> that is thrown.</exception>
    public TValue Value => Error is null ? _value! : throw Error;

    public override string ToString() => Error is null ? $"{_value}" : $"{Error.ErrorCode}: {Error.Message}";
}
