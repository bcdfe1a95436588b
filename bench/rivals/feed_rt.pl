#!/usr/bin/perl
# Feeds Request Tracker 5 (Debian's packages): each mail goes to the function that its mail gateway calls, RT::Interface::Email::Gateway,
# in a resident process. The usual way, rt-mailgate, starts a Perl for every mail and posts it to the web server, which calls the same
# function: that costs more, so this is to its advantage. Mails that it would send are written nowhere ($MailCommand).
# RT threads by the number in the subject alone. With BENCH_TAG=1 an answer's subject bears it, as when the consumer had answered
# a mail of RT's; without, every mail makes a ticket.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT -init;
use RT::Interface::Email;

if (@ARGV && $ARGV[0] eq '--setup') {
    my $queue = RT::Queue->new(RT->SystemUser);
    $queue->Load('General');
    my $everyone = RT::Group->new(RT->SystemUser);
    $everyone->LoadSystemInternalGroup('Everyone');
    for my $right (qw(CreateTicket ReplyToTicket SeeQueue)) {
        my ($done, $words) = $everyone->PrincipalObj->GrantRight(Right => $right, Object => $queue);
        die $words unless $done;
    }
    exit 0;
}

binmode STDIN;
$| = 1;
my %ticket_of;
while (read(STDIN, my $size, 4)) {
    my $length = unpack 'N', $size;
    if ($length) {
        read(STDIN, my $mail, $length) == $length or die 'cut off';
        my ($head) = $mail =~ /\A(.*?\n)\n/s;
        my ($ident) = $head =~ /^Message-ID:\s*<([^>]+)>/mi;
        my ($parent) = $head =~ /^In-Reply-To:\s*<([^>]+)>/mi;
        if ($ENV{BENCH_TAG} && $parent && $ticket_of{$parent}) {
            my $tag = sprintf '[%s #%d]', RT->Config->Get('rtname'), $ticket_of{$parent};
            $mail =~ s/^Subject: /Subject: $tag /m;
        }
        my ($status, $error, $ticket) =
            RT::Interface::Email::Gateway({ queue => 'General', action => 'correspond', message => $mail });
        die "status $status: " . ($error // '') unless $status == 1;
        $ticket_of{$ident} = $ticket->Id if $ident && $ticket;
    }
    print "ok\n";
}
