-- Audio in the media store that no recording names: on its way in, or to be removed. Written down before the first byte is put, so that what
-- a crash leaves is known. `until`: from then on it is to be removed; 0: it is being removed, and no recording may name it any more.

create table loose_media (
    media_key text primary key,
    until     {big} not null
){strict};
create index loose_media_by_until on loose_media (until);
