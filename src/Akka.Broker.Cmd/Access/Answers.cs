using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Controller;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Cmd.Access;

/// <summary>Requests to the controller, and errors in answers as what an operator reads.</summary>
internal static class Answers
{
    public static readonly TimeSpan ControllerTimeout = TimeSpan.FromSeconds(30);

    /// <exception cref="ControllerUnavailableException">See there.</exception>
    public static Task<TResponse> AdministerAsync<TResponse>(this VerbContext context, IRequest request) where TResponse : IResponse =>
        context.Node.Controller.AdministerAsync<TResponse>(request, ControllerTimeout, context.Cancelled);

    /// <summary>The error and its message, for a table; null where there is none.</summary>
    public static string? Problem(ErrorCode error, string? message) => error == ErrorCode.None ? null : string.IsNullOrEmpty(message) ? error.ToString() : $"{message} ({error})";

    /// <exception cref="VerbException">There is an error.</exception>
    public static void Check(ErrorCode error, string? message, string what)
    {
        if (Problem(error, message) is { } problem)
            throw new VerbException($"{what}: {problem}");
    }

    /// <summary>Fails with all of them, a line each.</summary>
    /// <exception cref="VerbException">There is one.</exception>
    public static void Check(IEnumerable<string?> problems)
    {
        var all = problems.Where(p => p is not null).ToList();
        if (all.Count > 0)
            throw new VerbException(string.Join('\n', all));
    }
}
