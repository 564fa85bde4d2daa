using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

/// <summary>
/// Makes expectations of log lines, such as <c>EventFilter.Warning(contains: "late").ExpectOne(() => …)</c>. They need the logger
/// <see cref="TestEventListener"/>, which tests have by default, and a log level that lets the lines through.
/// </summary>
public class EventFilterFactory
{
    private readonly TestKitBase _testKit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<LogEventFilter> _before;

    public EventFilterFactory(TestKitBase testkit)
        : this(testkit, testkit.Sys, (IReadOnlyList<LogEventFilter>)[])
    {
    }

    public EventFilterFactory(TestKitBase testkit, ActorSystem system)
        : this(testkit, system, (IReadOnlyList<LogEventFilter>)[])
    {
    }

    internal EventFilterFactory(TestKitBase testkit, ActorSystem system, IReadOnlyList<LogEventFilter> before)
    {
        _testKit = testkit;
        _system = system;
        _before = before;
    }

    public IEventFilterApplier Exception<TException>(Regex pattern, string? source = null)
        where TException : Exception => Exception(typeof(TException), pattern, source);

    public IEventFilterApplier Exception<TException>(
        string? message = null, string? start = null, string? contains = null, string? source = null)
        where TException : Exception => Exception(typeof(TException), message, start, contains, source);

    public IEventFilterApplier Exception(Type exceptionType, Regex pattern, string? source = null, bool checkInnerExceptions = false) =>
        Errors(exceptionType, new TextMatcher(pattern), source, checkInnerExceptions);

    public IEventFilterApplier Exception(
        Type exceptionType,
        string? message = null,
        string? start = null,
        string? contains = null,
        string? source = null,
        bool checkInnerExceptions = false) =>
        Errors(exceptionType, new TextMatcher(message, start, contains), source, checkInnerExceptions);

    public IEventFilterApplier Debug(Regex pattern, string? source = null) => ForLogLevel(LogLevel.DebugLevel, pattern, source);

    public IEventFilterApplier Debug(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.DebugLevel, message, start, contains, source);

    public IEventFilterApplier Info(Regex pattern, string? source = null) => ForLogLevel(LogLevel.InfoLevel, pattern, source);

    public IEventFilterApplier Info(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.InfoLevel, message, start, contains, source);

    public IEventFilterApplier Warning(Regex pattern, string? source = null) => ForLogLevel(LogLevel.WarningLevel, pattern, source);

    public IEventFilterApplier Warning(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.WarningLevel, message, start, contains, source);

    public IEventFilterApplier Error(Regex pattern, string? source = null) => ForLogLevel(LogLevel.ErrorLevel, pattern, source);

    public IEventFilterApplier Error(string? message = null, string? start = null, string? contains = null, string? source = null) =>
        ForLogLevel(LogLevel.ErrorLevel, message, start, contains, source);

    public IEventFilterApplier ForLogLevel(LogLevel logLevel, Regex pattern, string? source = null) =>
        Lines(logLevel, new TextMatcher(pattern), source);

    public IEventFilterApplier ForLogLevel(
        LogLevel logLevel, string? message = null, string? start = null, string? contains = null, string? source = null) =>
        Lines(logLevel, new TextMatcher(message, start, contains), source);

    public IEventFilterApplier Custom(Predicate<LogEvent> predicate) => Applier(new LogEventFilter("custom", logEvent => predicate(logEvent)));

    public IEventFilterApplier Custom<TLogEvent>(Predicate<TLogEvent> predicate)
        where TLogEvent : LogEvent =>
        Applier(new LogEventFilter("custom", logEvent => logEvent is TLogEvent typed && predicate(typed)));

    public IEventFilterApplier DeadLetter() => DeadLetters(_ => true, null);

    public IEventFilterApplier DeadLetter<TMessage>(string? source = null) => DeadLetters(message => message is TMessage, source);

    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string? source = null) =>
        DeadLetters(message => message is TMessage typed && isMatch(typed), source);

    public IEventFilterApplier DeadLetter(Type type, string? source = null) => DeadLetters(type.IsInstanceOfType, source);

    public IEventFilterApplier DeadLetter(Type type, Func<object, bool> isMatch, string? source = null) =>
        DeadLetters(message => type.IsInstanceOfType(message) && isMatch(message), source);

    private IEventFilterApplier Lines(LogLevel level, TextMatcher text, string? source) => Applier(new LogEventFilter(
        $"{level} with {text}{From(source)}",
        logEvent => logEvent.LogLevel() == level && logEvent.Message is not Event.DeadLetter && IsFrom(logEvent, source) && text.IsMatch(logEvent.Message?.ToString())));

    private IEventFilterApplier Errors(Type type, TextMatcher text, string? source, bool inner) => Applier(new LogEventFilter(
        $"error by {type.Name} with {text}{From(source)}",
        logEvent => logEvent is Error && IsFrom(logEvent, source) && IsMatch(logEvent, type, text, inner)));

    private IEventFilterApplier DeadLetters(Func<object, bool> matches, string? source) => Applier(new LogEventFilter(
        $"dead letter{From(source)}",
        logEvent => logEvent.Message is DeadLetter letter && IsFrom(logEvent, source) && matches(letter.Message)));

    private static bool IsMatch(LogEvent logEvent, Type type, TextMatcher text, bool inner)
    {
        for (var cause = logEvent.Cause; cause is not null; cause = inner ? cause.InnerException : null)
        {
            if (type.IsInstanceOfType(cause))
                return text.IsAny || text.IsMatch(logEvent.Message?.ToString()) || text.IsMatch(cause.Message);
        }
        return logEvent.Cause is null && text.IsMatch(logEvent.Message?.ToString()) && !text.IsAny;
    }

    private static string From(string? source) => source is null ? "" : $" from {source}";

    private static bool IsFrom(LogEvent logEvent, string? source) =>
        source is null || logEvent.LogSource == source || logEvent.LogSource.EndsWith(source, StringComparison.Ordinal) ||
        logEvent.LogSource.StartsWith(source + " (", StringComparison.Ordinal);

    private EventFilterApplier Applier(LogEventFilter filter) => new(_testKit, _system, [.. _before, filter]);
}
