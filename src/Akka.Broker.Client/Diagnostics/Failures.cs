using System.Collections.Frozen;
using System.Diagnostics;
using Akka.Broker.Protocol;

namespace Akka.Broker.Client.Diagnostics;

/// <summary>How failures are named in spans and figures: by Kafka's code where there is one, else by the exception's type.</summary>
internal static class Failures
{
    private static readonly FrozenDictionary<ErrorCode, string> Names = Enum.GetValues<ErrorCode>().ToFrozenDictionary(code => code, code => code.ToString());

    public static string NameOf(ErrorCode error) => Names.GetValueOrDefault(error) ?? "_OTHER";

    public static string NameOf(Exception error) =>
        error is BrokerClientException known ? NameOf(known.ErrorCode) : error.GetType().FullName ?? error.GetType().Name;

    public static void Note(Activity activity, Exception? error)
    {
        if (error is null)
            return;
        activity.SetStatus(ActivityStatusCode.Error, error.Message);
        activity.SetTag(MessagingTags.ErrorType, NameOf(error));
    }
}
